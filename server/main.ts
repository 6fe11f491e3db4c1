import {
  createConnection,
  ProposedFeatures,
  type InitializeResult,
  type ServerCapabilities,
} from 'vscode-languageserver/node';

const capabilities: ServerCapabilities = {};

/** Speaks the language server protocol over the channel that the command line names. */
function serve(): void {
  const connection = createConnection(ProposedFeatures.all);
  connection.onInitialize((): InitializeResult => ({ capabilities, serverInfo: { name: 'coco-dma' } }));
  connection.listen();
}

const channels = ['--stdio', '--node-ipc', '--socket=', '--pipe='];

if (process.argv.some((argument) => channels.some((channel) => argument.startsWith(channel)))) {
  serve();
} else {
  console.error('coco-dma: the language server talks to an editor: coco-dma lsp --stdio');
  process.exitCode = 2;
}
