/**
 * `npx tsx test/bench/server.ts`: what an editor sees of the built server's speed, on Linux 6.12's vmbus_drv.c where the
 * kernel sources can be had, else on a sample. Figures, not a test: machines differ.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureCorpus } from '../../scripts/corpus';
import { root, startEditor, type Editor } from '../protocol/editor';

const edits = 1000;

/** Figures of many runs, in milliseconds. */
function spread(times: readonly number[]): string {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share: number): string => (sorted[Math.floor((sorted.length - 1) * share)] ?? 0).toFixed(1).padStart(8);
  return `${at(0.5)} median ${at(0.95)} p95 ${at(1)} worst`;
}

const row = (name: string, figure: string): void => console.log(`${name.padEnd(48)}${figure}`);

/** Resident memory of a process in megabytes. */
function memoryOf({ process: { pid } }: Editor): number {
  const status = readFileSync(`/proc/${pid ?? 0}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
}

async function timed(run: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await run();
  return performance.now() - started;
}

async function chooseFile(): Promise<string> {
  try {
    return path.join((await ensureCorpus()).root, 'drivers/hv/vmbus_drv.c');
  } catch (error) {
    console.log(`${error instanceof Error ? error.message : String(error)}; a sample has to do`);
    return path.join(root, 'samples/drivers/hv/lab_bus.c');
  }
}

/** Where the text calls the function; not where a longer name ends like it. */
const callIn = (text: string): number => text.search(/\bdevice_register\(/);

/** Types a character and takes it back, in the body of a function, and waits for the diagnostics of each version. */
async function type(editor: Editor, uri: string, times: number): Promise<number[]> {
  const text = editor.text(uri);
  const at = text.indexOf('\n', callIn(text)) + 1;
  const taken: number[] = [];
  for (let index = 0; index < times; index++) {
    taken.push(
      await timed(async () => {
        if (index % 2 === 0) editor.edit(uri, at, at, ' ');
        else editor.edit(uri, at, at + 1, '');
        await editor.pull(uri);
      }),
    );
  }
  return taken;
}

async function hover(editor: Editor, uri: string, times: number): Promise<number[]> {
  const above = editor
    .text(uri)
    .slice(0, callIn(editor.text(uri)))
    .split('\n');
  const [line, character] = [above.length - 1, above.at(-1)?.length ?? 0];
  const taken: number[] = [];
  for (let index = 0; index < times; index++) taken.push(await timed(() => editor.hover(uri, line, character)));
  return taken;
}

async function main(): Promise<void> {
  const file = await chooseFile();
  const uri = pathToFileURL(file).href;
  const text = readFileSync(file, 'utf8');
  console.log(`${path.basename(file)}, ${text.split('\n').length} lines; times in milliseconds`);
  const started = performance.now();
  const editor = await startEditor({ pull: true, settings: { kernel: '7.1' } });
  row('start to `initialize` answered', (performance.now() - started).toFixed(0).padStart(8));
  editor.open(uri, text);
  row('open to first diagnostics, nothing known', (await timed(() => editor.pull(uri))).toFixed(0).padStart(8));
  row('keystroke to diagnostics, first 50', spread(await type(editor, uri, 50)));
  row('hover', spread(await hover(editor, uri, 50)));
  const before = memoryOf(editor);
  row(`keystroke to diagnostics, next ${edits}`, spread(await type(editor, uri, edits)));
  row(
    'memory before and after those',
    `${before.toFixed(0).padStart(8)} MB ${memoryOf(editor).toFixed(0).padStart(8)} MB`,
  );
  await editor.quit();
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
