import { drawPage, pageSummary } from '../report';
import { pageIds, rulePage } from './build';
import type { Arguments } from './options';
import { didYouMean } from './suggest';
import { choosePainter, refuse, type ExitCode } from './terminal';

/** Maximum line length; longer lines are hard to read. */
const pageWidth = 100;

/** `coco-dma explain RULE`: the page of a rule, in the terminal. */
export function explain(args: Arguments): ExitCode {
  const [id, more] = args.positionals;
  const hint = 'run coco-dma rules for a list of rules';
  if (id === undefined || more !== undefined) return refuse({ problem: 'explain needs the id of one rule' }, hint);
  const page = rulePage(id);
  if (page === undefined) return refuse({ problem: `unknown rule '${id}'${didYouMean(id, pageIds())}` }, hint);
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
  process.stdout.write(`${rows.join('\n')}\nRun coco-dma explain RULE for details.\n`);
  return 0;
}
