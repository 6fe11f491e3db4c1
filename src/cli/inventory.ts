import { inventoryTokens } from '../engine';
import { inventoryJson, inventoryText } from '../report';
import { readParser } from './engine';
import { askInGroups, complain } from './groups';
import { gatherInputs } from './inputs';
import { chooseTree } from './kernel';
import type { Arguments } from './options';
import { choosePainter, emit, noInputFiles, refuse, type ExitCode } from './terminal';

const usage = 'usage: coco-dma inventory PATH… (coco-dma inventory --help)';

/** `coco-dma inventory PATH…`: lists the calls that set up, use and tear down DMA, and the device of each. */
export async function inventory(args: Arguments): Promise<ExitCode> {
  const [first] = args.positionals;
  if (first === undefined) return refuse({ problem: noInputFiles }, usage);
  const tree = chooseTree(args, first);
  if (tree !== null && typeof tree === 'object') return refuse(tree, usage);
  const chosen = readParser(args);
  if ('problem' in chosen) return refuse(chosen, usage);

  const inputs = await gatherInputs(args.positionals, inventoryTokens, {
    stdinName: args.value('stdin-filename') ?? '<stdin>',
  });
  const listed = await askInGroups(
    inputs,
    chosen.parser,
    (files) => (engine) => engine.inventory({ files, snapshot: inputs.texts, tree }),
  );
  const result = {
    version: 1,
    calls: listed.flatMap(({ calls }) => calls),
    partial: [
      ...inputs.bad.map(({ file, why }) => ({ file, function: null, why })),
      ...listed.flatMap(({ partial }) => partial),
    ],
  } as const;
  const nothing = inputs.bad.length > 0 && listed.length === 0;
  if (!nothing) {
    const paint = choosePainter(args.value('color'), args.has('output'));
    const text = args.value('format') === 'json' ? inventoryJson(result) : inventoryText(result, paint);
    if (!emit(text, args.value('output'))) return 2;
  }
  return complain(inputs.bad, nothing) ? 2 : 0;
}
