import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { cocoDma, root } from './run';

const frame = (message: object): string => {
  const text = JSON.stringify({ jsonrpc: '2.0', ...message });
  return `Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`;
};

describe('coco-dma lsp', () => {
  it('starts the server, which introduces itself and ends when told to', async () => {
    const server = spawn(process.execPath, [path.join(root, 'bin/coco-dma'), 'lsp', '--stdio'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    let output = '';
    const answered = async (id: number): Promise<void> => {
      while (!output.includes(`"id":${id}`)) output += String((await once(server.stdout, 'data'))[0]);
    };
    const params = { processId: null, rootUri: null, capabilities: {} };
    server.stdin.write(frame({ id: 1, method: 'initialize', params }));
    await answered(1);
    assert.match(output, /"serverInfo":\{"name":"coco-dma"/);
    server.stdin.write(frame({ method: 'initialized', params: {} }) + frame({ id: 2, method: 'shutdown' }));
    await answered(2);
    server.stdin.write(frame({ method: 'exit' }));
    assert.deepEqual(await once(server, 'exit'), [0, null]);
  });

  it('says how to start it', () => {
    const { code, stderr } = cocoDma(['lsp']);
    assert.equal(code, 2);
    assert.match(stderr, /coco-dma lsp --stdio/);
    assert.match(cocoDma(['lsp', '--help']).stdout, /usage: coco-dma lsp --stdio/);
  });
});
