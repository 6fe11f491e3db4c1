import { drawPage, pageSummary } from '../report';
import { pageIds, rulePage } from './build';
import type { Arguments } from './options';
import { didYouMean } from './suggest';
import { choosePainter, refuse, type ExitCode } from './terminal';

/** Lines longer than this are hard to read on any terminal. */
const pageWidth = 100;

/** `coco-dma explain RULE`: the page of a rule, in the terminal. */
export function explain(args: Arguments): ExitCode {
  const [id, more] = args.positionals;
  const hint = 'coco-dma rules lists them';
  if (id === undefined || more !== undefined) return refuse({ problem: 'explain takes the id of one rule' }, hint);
  const page = rulePage(id);
  if (page === undefined) return refuse({ problem: `no rule '${id}'${didYouMean(id, pageIds())}` }, hint);
  const width = Math.min(process.stdout.columns || pageWidth, pageWidth);
  process.stdout.write(drawPage(page, width, choosePainter(args.value('color'), false)));
  return 0;
}

/** `coco-dma rules`: every rule with its level and what it finds. */
export function rules(args: Arguments): ExitCode {
  const summaries = pageIds().map((id) => pageSummary(rulePage(id) ?? ''));
  if (args.value('format') === 'json') {
    process.stdout.write(`${JSON.stringify({ version: 1, rules: summaries }, null, 2)}\n`);
    return 0;
  }
  const paint = choosePainter(args.value('color'), false);
  const rows = summaries.map(
    ({ id, kind, summary }) => `${paint('strong', id)}  ${paint('dim', kind)}\n  ${summary}\n`,
  );
  process.stdout.write(`${rows.join('\n')}\ncoco-dma explain RULE tells more.\n`);
  return 0;
}
