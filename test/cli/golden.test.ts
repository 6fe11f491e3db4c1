import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { matchGolden } from '../golden';
import { cocoDma, root } from './run';

/** What a run prints, without the time that it took. */
function output(...args: string[]): string {
  return cocoDma([...args, '--kernel', '7.1']).stdout.replace(/ · \d+(\.\d)? m?s$/gm, ' · (time)');
}

describe('the samples', () => {
  it('read well', () => {
    matchGolden('samples/check.txt', output('check', 'samples'));
  });

  it('read well where the bug is', () => {
    matchGolden('samples/lab_bus.txt', output('check', 'samples/drivers/hv/lab_bus.c'));
  });

  it('read as the readme has it', () => {
    const readme = readFileSync(path.join(root, 'README.md'), 'utf8');
    const [story = ''] = output('check', 'samples/drivers/hv/lab_bus.c').split(' · (time)');
    assert.ok(readme.includes(story.replace(/^(?=.)/gm, '    ')));
  });

  it('read well on GitHub', () => {
    matchGolden('samples/github.txt', output('check', 'samples', '--format', 'github'));
  });

  it('read well when simulated', () => {
    matchGolden('samples/simulate.txt', output('simulate', 'samples/drivers/hv/lab_bus.c'));
  });
});
