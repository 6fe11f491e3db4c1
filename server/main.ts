/** The entry for node: `coco-dma lsp --stdio`, and the module that the VS Code extension starts. */
import { createConnection, ProposedFeatures } from 'vscode-languageserver/node';
import { nodePlatform } from './node-platform';
import { startServer } from './server';

const channels = ['--stdio', '--node-ipc', '--socket=', '--pipe='];

if (process.argv.some((argument) => channels.some((channel) => argument.startsWith(channel)))) {
  const connection = createConnection(ProposedFeatures.all);
  // One broken promise is no reason to lose what the editor shows; the log tells of it.
  process.on('unhandledRejection', (reason) =>
    connection.console.error(reason instanceof Error ? (reason.stack ?? reason.message) : String(reason)),
  );
  startServer(connection, nodePlatform);
} else {
  console.error('coco-dma: the language server talks to an editor: coco-dma lsp --stdio');
  process.exitCode = 2;
}
