/** Messages between client and server beyond the language server protocol. */

/** Commands of the server for `workspace/executeCommand`; any editor can call them. */
export const serverCommands = {
  /** [uri] → SimulationReply: every device path of a file in every configuration. */
  simulateFile: 'cocoDma.server.simulateFile',
  /** [uri, position] → SimulationReply: the device paths on a line. */
  simulateDevice: 'cocoDma.server.simulateDevice',
  /** [rule id] → RuleReply. */
  explainRule: 'cocoDma.server.explainRule',
  /** [uri] → CheckReply: analyzes a document now, regardless of `cocoDma.run`. */
  checkFile: 'cocoDma.server.checkFile',
} as const;

/** An answer for display; `data` is for programs. If `found` is false, `markdown` says why there is nothing to show. */
export interface Reply {
  readonly found: boolean;
  readonly title: string;
  readonly markdown: string;
}

/** `devices` has the form of `coco-dma simulate --format json`. */
export interface SimulationReply extends Reply {
  readonly data: { readonly version: 1; readonly kernel: string; readonly devices: readonly object[] };
}

/** `rules` lists every rule id, so that a client can offer them. */
export interface RuleReply extends Reply {
  readonly data: {
    readonly id: string;
    readonly uri: string | null;
    readonly rules: readonly { readonly id: string; readonly level: string; readonly summary: string }[];
  };
}

/** The outcome of a check. The findings are sent as diagnostics. */
export interface CheckReply extends Reply {
  readonly data: Status;
}

/** How much of a document the shown diagnostics cover. */
export type StatusKind =
  /** The current text. */
  | 'analysed'
  /** The current text, except for some functions. */
  | 'partly'
  /** An earlier text: the current one does not parse, or is not yet saved or checked. */
  | 'stale'
  /** Nothing: there is no DMA code in it, or it is too large. */
  | 'off';

/** The kinds of status in words. */
export const statusText: Readonly<Record<StatusKind, string>> = {
  analysed: 'analyzed',
  partly: 'partly analyzed',
  stale: 'showing earlier results',
  off: 'not analyzed',
};

/** The state of one document. */
export interface Status {
  readonly uri: string;
  readonly kind: StatusKind;
  /** Why it is not `analysed`, one line each; empty if it is. */
  readonly reasons: readonly string[];
  readonly findings: number;
  readonly kernel: string;
  readonly milliseconds: number;
}

/** Server to client, if `InitializationOptions.status` is set: the state of a document changed. Params: Status. */
export const statusNotification = 'cocoDma/status';

/** What a client may send in `initialize` beyond the protocol, all optional. */
export interface InitializationOptions {
  /** Settings, from a client without `workspace/configuration`. */
  readonly settings?: unknown;
  /** The client shows document states. */
  readonly status?: boolean;
  /** The commands for command links in markdown, if the client supports such links. */
  readonly links?: { readonly simulate?: string; readonly explain?: string };
}
