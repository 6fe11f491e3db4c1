import { matchGolden } from '../golden';
import type { Decision, Finding } from '../../src/review/types';
import { ansi, plain, type Painter } from '../../src/report/style';
import { textReport } from '../../src/report/text';
import { labBus, labHeader, reset, result } from './example';

const sources: Record<string, string> = { 'drivers/lab/lab_bus.c': labBus, 'drivers/lab/lab_bus.h': labHeader };

function draw(checked: Decision, options: { paint?: Painter; stats?: boolean } = {}): string {
  const { paint = plain, stats = false } = options;
  return textReport(checked, { paint, stats, source: (file) => sources[file] ?? null });
}

const one = (finding: Finding): Decision => ({ ...result, findings: [finding], devices: [] });
const at = (line: number, column: number, to: number) => ({ line, column, end: { line, column: to } });

describe('text report', () => {
  it('tells a finding with its evidence, measurement, extent and fix', () => {
    matchGolden('report/finding.txt', draw(result));
  });

  it('paints on request', () => {
    matchGolden('report/finding-colour.txt', draw(result, { paint: ansi }));
  });

  it('says so when there is nothing to report', () => {
    matchGolden('report/nothing.txt', draw({ ...result, findings: [], stats: { ...result.stats, partial: [] } }));
  });

  it('lists what was not analysed with --stats', () => {
    matchGolden('report/stats.txt', draw({ ...result, findings: [] }, { stats: true }));
  });

  it('shows several steps on one line, identical places, and steps in another file', () => {
    const { file } = reset;
    const evidence = [
      { file, ...at(9, 2, 14), message: 'at the left' },
      { file, line: 9, column: 15, message: 'a word' },
      { file, ...at(9, 21, 29), message: 'at the right' },
      { file, ...at(9, 21, 29), message: 'at the same place' },
      { file: 'drivers/lab/lab_bus.h', line: 4, column: 7, message: 'in the header' },
      { file: 'drivers/lab/absent.c', line: 412, column: 7, message: 'in a file that cannot be read' },
    ];
    matchGolden(
      'report/many-steps.txt',
      draw(one({ ...reset, evidence, range: { start: at(9, 2, 0), end: at(9, 14, 0) } })),
    );
  });

  it('aligns after tabs and wide characters', () => {
    const evidence = [{ file: reset.file, ...at(13, 8, 15), message: 'under "is done"' }];
    const range = { start: { line: 13, column: 8 }, end: { line: 13, column: 15 } };
    matchGolden('report/wide.txt', draw(one({ ...reset, evidence, range, related: [] })));
  });

  it('names the assumptions of a likely finding and counts long lists', () => {
    const related = Array.from({ length: 9 }, (_, i) => ({
      file: 'drivers/scsi/x.c',
      line: i + 1,
      column: 2,
      message: 'maps',
    }));
    const likely = {
      ...reset,
      level: 'hint',
      tier: 'likely',
      assumptions: ['lab_attach() leaves the pool alone'],
    } as const;
    matchGolden('report/likely.txt', draw(one({ ...likely, related, fix: undefined })));
  });

  it('crops a very long line around its mark and shows unsafe characters', () => {
    const long = `\t${'x'.repeat(400)}(dev\u001b[31m);${'y'.repeat(400)}\n`;
    const finding = { ...reset, file: 'long.c', range: { start: at(1, 403, 0), end: at(1, 406, 0) }, related: [] };
    const evidence = [{ file: 'long.c', ...at(1, 403, 406), message: 'here' }];
    sources['long.c'] = long;
    matchGolden('report/long-line.txt', draw(one({ ...finding, evidence })));
  });
});
