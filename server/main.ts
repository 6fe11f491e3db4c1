/** The entry for node: `coco-dma lsp --stdio`, and the module that the VS Code extension starts. */
import { createConnection, ProposedFeatures } from 'vscode-languageserver/node';
import { nodePlatform } from './node-platform';
import { startServer } from './server';

const channels = ['--stdio', '--node-ipc', '--socket=', '--pipe='];

if (process.argv.some((argument) => channels.some((channel) => argument.startsWith(channel)))) {
  const connection = createConnection(ProposedFeatures.all);
  // a rejected promise is logged and does not end the server
  process.on('unhandledRejection', (reason) =>
    connection.console.error(reason instanceof Error ? (reason.stack ?? reason.message) : String(reason)),
  );
  startServer(connection, nodePlatform);
} else {
  console.error('coco-dma: error: the language server needs an editor; have it run coco-dma lsp --stdio');
  process.exitCode = 2;
}
