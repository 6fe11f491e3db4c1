/** What client and server say to each other beyond the language server protocol. */

/** Commands of the server, for `workspace/executeCommand`. Any editor can call them. */
export const serverCommands = {
  /** [uri] → SimulationReply: every device program of a file in every world. */
  simulateFile: 'cocoDma.server.simulateFile',
  /** [uri, position] → SimulationReply: the device programs that touch a line. */
  simulateDevice: 'cocoDma.server.simulateDevice',
  /** [rule id] → RuleReply. */
  explainRule: 'cocoDma.server.explainRule',
  /** [uri] → CheckReply: analyses a document now, whatever `cocoDma.run` says. */
  checkFile: 'cocoDma.server.checkFile',
} as const;

/** An answer made to be read; `data` is for programs. `found` is false when there is nothing to tell, and `markdown` says why. */
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

/** What a check came to. The diagnostics themselves come as diagnostics. */
export interface CheckReply extends Reply {
  readonly data: Status;
}

/** How much of a document the shown diagnostics speak for. */
export type StatusKind =
  /** All of the current text. */
  | 'analysed'
  /** The current text, but for some functions. */
  | 'partly'
  /** An earlier text: the current one does not parse, or waits to be saved or checked. */
  | 'stale'
  /** Nothing: no word in it that matters, or it is too large. */
  | 'off';

/** The state of one document. */
export interface Status {
  readonly uri: string;
  readonly kind: StatusKind;
  /** Why it is not `analysed`; null when it is. One line each. */
  readonly reasons: readonly string[];
  readonly findings: number;
  readonly kernel: string;
  readonly milliseconds: number;
}

/** Server to client, when `InitializationOptions.status` is set: a document's state changed. Params: Status. */
export const statusNotification = 'cocoDma/status';

/** What a client may say in `initialize` beyond the protocol. All of it is optional. */
export interface InitializationOptions {
  /** Settings, for a client that cannot answer `workspace/configuration`. */
  readonly settings?: unknown;
  /** The client shows document states. */
  readonly status?: boolean;
  /** Command links in markdown work, and which commands they call; `{"simulate": "…", "explain": "…"}`. */
  readonly links?: { readonly simulate?: string; readonly explain?: string };
}
