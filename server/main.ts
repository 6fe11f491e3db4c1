import {
  createConnection,
  ProposedFeatures,
  type InitializeResult,
  type ServerCapabilities,
} from 'vscode-languageserver/node';

const capabilities: ServerCapabilities = {};

/** Speaks the language server protocol on standard input and output, for any editor (`coco-dma lsp --stdio`). */
function serve(): void {
  const connection = createConnection(ProposedFeatures.all);
  connection.onInitialize((): InitializeResult => ({ capabilities, serverInfo: { name: 'coco-dma' } }));
  connection.listen();
}

serve();
