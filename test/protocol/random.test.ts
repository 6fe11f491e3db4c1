import assert from 'node:assert/strict';
import type { Editor } from './editor';
import { brief, bus, busUri, fixedBus, fixedBusUri, read, withEditor } from './use';

/** A small generator with a seed, so that a failure comes again. */
function dice(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * sides);
  };
}

const snippets = [
  '\n',
  '/* é € 😀 */',
  '\t',
  'x',
  '{',
  '}',
  '(',
  ';',
  'if (1)\n',
  '\r\n',
  '"',
  '*/',
  '#if 0\n',
  'dma_io_tlb_mem',
];

/** Types, deletes, and sends several changes in one go: what editors do, at places where nobody would. */
function scramble(editor: Editor, uri: string, roll: (sides: number) => number): void {
  const text = editor.text(uri);
  const start = roll(text.length + 1);
  const end = Math.min(text.length, start + (roll(3) === 0 ? roll(40) : 0));
  const typed = snippets[roll(snippets.length)] ?? '';
  if (roll(4) > 0) editor.edit(uri, start, end, typed);
  else {
    const line = roll(text.split('\n').length);
    const at = { line, character: roll(20) };
    editor.change(uri, [
      { range: { start: at, end: at }, text: typed },
      { range: { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } }, text: '\n' },
    ]);
  }
}

/** Leads back to a sound text with an edit of its own, as undo does. */
function restore(editor: Editor, uri: string, wanted: string): void {
  editor.edit(uri, 0, editor.text(uri).length, wanted);
}

describe('hundreds of random edits', () => {
  for (const pull of [true, false]) {
    it(`come to what opening the same text does (${pull ? 'asked' : 'sent'})`, () =>
      withEditor({ pull }, async (editor) => {
        const roll = dice(pull ? 42 : 4711);
        const sound = [read(bus), read(fixedBus).replace('device_add', 'device_register'), `\n\n${read(bus)}`, ''];
        editor.open(busUri, read(bus));
        const shown = async (uri: string, version: number): Promise<string[]> =>
          brief(pull ? (await editor.pull(uri)).items : (await editor.published(uri, version)).diagnostics);
        for (let round = 0; round < 12; round++) {
          for (let step = 0; step < 25; step++) scramble(editor, busUri, roll);
          const text = sound[roll(sound.length)] ?? '';
          restore(editor, busUri, text);
          const version = editor.edit(busUri, 0, 0, `/* ${round} dma_map_page */`);
          const edited = await shown(busUri, version);
          const opened = await withFresh(`/* ${round} dma_map_page */${text}`, pull);
          assert.deepEqual(edited, opened, `round ${round}`);
        }
      }));
  }

  it('never make the server fail', () =>
    withEditor({ pull: true }, async (editor) => {
      const roll = dice(7);
      editor.open(fixedBusUri, read(fixedBus));
      for (let step = 0; step < 300; step++) {
        scramble(editor, fixedBusUri, roll);
        if (step % 10 === 0) await editor.pull(fixedBusUri);
        if (step % 25 === 0) await editor.hover(fixedBusUri, roll(90), roll(30));
      }
      const said = editor.sent.filter(({ method }) => /window\/(show|log)Message/.test(method));
      assert.deepEqual(said, []);
    }));
});

/** What a server that has seen nothing else says about a text. */
async function withFresh(text: string, pull: boolean): Promise<string[]> {
  let found: string[] = [];
  await withEditor({ pull }, async (editor) => {
    editor.open(busUri, text);
    found = brief(pull ? (await editor.pull(busUri)).items : (await editor.published(busUri, 1)).diagnostics);
  });
  return found;
}
