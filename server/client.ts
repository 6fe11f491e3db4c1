import type { InitializeParams } from 'vscode-languageserver';
import type { InitializationOptions } from '../src/protocol';

/** The capabilities of the client that the server uses. */
export interface Client {
  /** The client pulls diagnostics; otherwise they are pushed. */
  readonly pull: boolean;
  /** The client can be asked to pull again. */
  readonly refresh: boolean;
  readonly relatedInformation: boolean;
  readonly codeDescription: boolean;
  readonly tags: boolean;
  readonly markdown: boolean;
  readonly configuration: boolean;
  readonly configurationEvents: boolean;
  readonly watchedFiles: boolean;
  /** Patterns for watched files may be relative to a folder. */
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
    // clients without contentFormat predate it and support markdown
    markdown: formats === undefined || formats.includes('markdown'),
    configuration: workspace?.configuration === true,
    configurationEvents: workspace?.didChangeConfiguration?.dynamicRegistration === true,
    watchedFiles: workspace?.didChangeWatchedFiles?.dynamicRegistration === true,
    relativePatterns: workspace?.didChangeWatchedFiles?.relativePatternSupport === true,
    progress: window?.workDoneProgress === true,
    options: typeof options === 'object' && options !== null ? options : {},
  };
}
