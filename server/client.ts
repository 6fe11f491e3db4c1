import type { InitializeParams } from 'vscode-languageserver';
import type { InitializationOptions } from '../src/protocol';

/** What the client at the other end can do, as far as the server asks. */
export interface Client {
  /** Diagnostics are asked for; else they are sent. */
  readonly pull: boolean;
  /** The client can be told to ask again. */
  readonly refresh: boolean;
  readonly relatedInformation: boolean;
  readonly codeDescription: boolean;
  readonly tags: boolean;
  readonly markdown: boolean;
  readonly configuration: boolean;
  readonly configurationEvents: boolean;
  readonly watchedFiles: boolean;
  /** Patterns of watched files may name the folder that they start from. */
  readonly relativePatterns: boolean;
  readonly progress: boolean;
  readonly options: InitializationOptions;
}

/** Reads a client's capabilities. */
export function readClient({ capabilities, initializationOptions }: InitializeParams): Client {
  const { textDocument, workspace, window } = capabilities;
  const publish = textDocument?.publishDiagnostics;
  const pulled = textDocument?.diagnostic;
  const formats = textDocument?.hover?.contentFormat;
  const options: unknown = initializationOptions;
  return {
    pull: pulled !== undefined,
    refresh: workspace?.diagnostics?.refreshSupport === true,
    relatedInformation: (pulled?.relatedInformation ?? publish?.relatedInformation) === true,
    codeDescription: (pulled?.codeDescriptionSupport ?? publish?.codeDescriptionSupport) === true,
    tags: (pulled?.tagSupport ?? publish?.tagSupport) !== undefined,
    // A client that says nothing of formats is of an age when markdown was all there was.
    markdown: formats === undefined || formats.includes('markdown'),
    configuration: workspace?.configuration === true,
    configurationEvents: workspace?.didChangeConfiguration?.dynamicRegistration === true,
    watchedFiles: workspace?.didChangeWatchedFiles?.dynamicRegistration === true,
    relativePatterns: workspace?.didChangeWatchedFiles?.relativePatternSupport === true,
    progress: window?.workDoneProgress === true,
    options: typeof options === 'object' && options !== null ? options : {},
  };
}
