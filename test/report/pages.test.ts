import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { ruleFacts } from '../../src/review';
import { textRules } from '../../src/review/rules';
import { drawPage, pageSummary } from '../../src/report/page';
import { plain } from '../../src/report/style';

const folder = path.resolve(__dirname, '../../docs/rules');
const pages = new Map(
  readdirSync(folder).map((name) => [path.basename(name, '.md'), readFileSync(path.join(folder, name), 'utf8')]),
);
const rules = new Map(ruleFacts.map((rule) => [rule.id, rule]));
/** Rules on the text of a patch, in which no comment of C can stand. */
const aboutText = new Set(textRules.map(({ id }) => id));
const sections = [
  'What it finds',
  'Why it matters',
  'Evidence',
  'Wrong',
  'Right',
  'When it stays silent',
  'Suppressing',
];

describe('rule pages', () => {
  it('exist for every rule, and for nothing else', () => {
    assert.deepEqual([...pages.keys()].sort(), [...rules.keys()].sort());
  });

  for (const [id, page] of pages) {
    it(`${id} says what a page has to say`, () => {
      const { id: title, kind, summary } = pageSummary(page);
      assert.equal(title, id);
      const rule = rules.get(id);
      assert.ok(rule);
      const [level, basis, ...limits] = kind.split(' · ');
      assert.deepEqual({ level, basis }, { level: rule.level, basis: rule.basis });
      assert.equal(limits.includes('confidential devices only'), 'needsFlags' in rule);
      assert.equal(limits.includes('patch text'), aboutText.has(id));
      assert.match(summary, /\w+ .*\.$/);
      for (const section of sections) assert.ok(page.includes(`\n## ${section}\n`), section);
      const suppression = aboutText.has(id) ? `"${id}": "off"` : `coco-dma: ignore ${id} -- reason`;
      assert.ok(page.includes(suppression), suppression);
      const related = /## See also\n\n(.*)$/s.exec(page)?.[1] ?? '';
      for (const [, other = ''] of related.matchAll(/`([a-z-]+)`/g)) assert.ok(pages.has(other), other);
    });
  }

  it('are drawn within the width of the terminal, without Markdown', () => {
    const drawn = drawPage(
      '# a\n\nOne `two three` **four** [five](x.md)\n\n- six seven\n  eight\n\n```c\nint  x;\n```\n',
      16,
      plain,
    );
    assert.equal(drawn, 'a\n\nOne two three\nfour five\n\n- six seven\n  eight\n\n    int  x;\n');
  });
});
