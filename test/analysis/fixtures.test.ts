import assert from 'node:assert/strict';
import { dirname } from 'node:path/posix';
import { checkWithFixes, searchedWords } from '../../src/engine';
import type { CheckRequest, Engine } from '../../src/engine/types';
import type { CheckResult, Finding } from '../../src/review/types';
import type { ExpectedDevice, Run } from './support/annotations';
import { catalogue } from './support/catalogue';
import { compare } from './support/compare';
import { applyEdits } from './support/edits';
import { damaged, oversized } from './support/damage';
import { flaws } from './support/invariants';
import { checkFiles, loadEngine } from './support/engine';
import type { Fixture, FixtureFile } from './support/load';
import { kernelNamesOf, loadBadInputs, loadFixtures, readText } from './support/load';
import { rename, renameExpression } from './support/rename';

type Files = Fixture['files'];

/** Checks the files of a fixture. Of other files, only headers are visible: those of its tree, and those next to it. */
function check(engine: Engine, fixture: Fixture, files: Files, run: Run): CheckResult {
  const kconfig = files.get(fixture.path)?.annotations.kconfig;
  const configured = kconfig === undefined ? {} : { kconfig };
  const { tree, settings } = fixture;
  const request = { files: [...files.keys()], kernel: run.kernel, tree, ...configured, ...settings };
  return checkFiles(engine, request, (file) => {
    const given = files.get(file);
    if (given) return given.text;
    const beside = dirname(file) === dirname(fixture.path) && file.endsWith('.h');
    return beside || file.startsWith(`${fixture.tree}/include/`) ? readText(file) : null;
  });
}

function mapFiles(files: Files, change: (file: FixtureFile, index: number) => FixtureFile): Files {
  return new Map([...files].map(([path, file], index) => [path, change(file, index)] as const));
}

/** The fixture with each of its own identifiers replaced by another one of the same length. */
function renamed(fixture: Fixture): Files {
  const { files } = fixture;
  const kernel = kernelNamesOf(fixture);
  const all = [...files.values()];
  const keep = all.flatMap(({ annotations }) => annotations.keep);
  const { texts, names } = rename(
    all.map(({ text }) => text),
    kernel,
    keep,
  );
  const expression = (text: string) => renameExpression(text, kernel, names);
  return mapFiles(files, ({ text, annotations }, index) => ({
    text: texts[index] ?? text,
    annotations: {
      ...annotations,
      findings: annotations.findings.map((finding) => ({
        ...finding,
        when: finding.when.map(expression),
        messages: [],
      })),
      notes: annotations.notes.map((note) => ({ ...note, messages: [] })),
      devices: annotations.devices.map((device): ExpectedDevice => ({
        ...device,
        expression: expression(device.expression),
      })),
    },
  }));
}

const fingerprints = ({ findings }: CheckResult) => findings.map(({ fingerprint }) => fingerprint).sort();

/** The parts of a result that must be the same in all runs. */
function stable(result: CheckResult): unknown {
  return { ...result, stats: { ...result.stats, milliseconds: 0 } };
}

/** A finding moved up by some lines, to compare it with one below inserted lines. */
function moved(finding: Finding, by: number): unknown {
  const { start, end } = finding.range;
  return { rule: finding.rule, start: { ...start, line: start.line - by }, end: { ...end, line: end.line - by } };
}

/** Fails with the message of the comparison. */
function agree(difference: string): void {
  if (difference) assert.fail(`\n${difference}`);
}

const insertedLines = 7;

let engine: Engine;

/** Loads the engine for the tests of a block. */
async function startEngine(): Promise<void> {
  engine = await loadEngine();
}

const { fixtures, mistakes } = loadFixtures();

describe('the set of fixtures', () => {
  for (const mistake of mistakes) {
    it('can be read', () => {
      throw mistake;
    });
  }

  it('covers every rule', () => {
    const listed = fixtures.flatMap(({ files }) => [...files.values()].flatMap((file) => file.annotations.findings));
    const hit = new Set(listed.map(({ rule }) => rule));
    const never = [...catalogue.keys()].filter((rule) => !hit.has(rule));
    assert.deepEqual(never, []);
  });
});

describe('fixtures', () => {
  before(startEngine);

  for (const fixture of fixtures) {
    const { path, files } = fixture;
    const runs = files.get(path)?.annotations.runs ?? [];
    const [firstRun] = runs;
    if (!firstRun) continue;

    describe(path.replace('test/fixtures/', ''), () => {
      for (const run of runs) {
        it(`on ${run.kernel}`, () => {
          const difference = compare({ run, files }, check(engine, fixture, files, run));
          agree(difference);
        });
      }

      it('yields well-formed findings, whose programs replay', () => {
        for (const run of runs) {
          const result = check(engine, fixture, files, run);
          const texts = new Map([...files].map(([name, { text }]) => [name, text] as const));
          assert.deepEqual(flaws(result, texts, searchedWords(fixture.settings)), []);
        }
      });

      it('has effective verified fixes', () => {
        const trying = { ...engine, check: (request: CheckRequest) => checkWithFixes(engine, request) };
        const before = check(trying, fixture, files, firstRun);
        for (const { fix, fingerprint, rule } of before.findings) {
          if (!fix?.verified) continue;
          const changed = new Map(
            [...files].map(([name, file]) => {
              const edits = fix.edits.filter((edit) => edit.file === name);
              return [name, { ...file, text: applyEdits(file.text, edits) }] as const;
            }),
          );
          const after = check(engine, fixture, changed, firstRun).findings;
          assert.ok(!after.some((finding) => finding.fingerprint === fingerprint), `${rule} is still there`);
          const errors = (findings: readonly Finding[]) => findings.filter(({ level }) => level === 'error').length;
          assert.ok(
            errors(after) < errors(before.findings) || errors(before.findings) === 0,
            `${rule}: other errors came`,
          );
        }
      });

      it('yields the same findings after renaming all identifiers', () => {
        const changed = renamed(fixture);
        const difference = compare({ run: firstRun, files: changed }, check(engine, fixture, changed, firstRun));
        agree(difference);
      });

      it('yields the same findings again, with lines inserted above, and with CRLF', () => {
        const shift = (text: string) => '\n'.repeat(insertedLines) + text;
        const lower = mapFiles(files, ({ text, annotations }) => ({ text: shift(text), annotations }));
        const crlf = mapFiles(files, ({ text, annotations }) => ({ text: text.replace(/\n/g, '\r\n'), annotations }));

        const first = check(engine, fixture, files, firstRun);
        assert.deepEqual(stable(check(engine, fixture, files, firstRun)), stable(first), 'the second run differs');

        const further = check(engine, fixture, lower, firstRun);
        const places = first.findings.map((finding) => moved(finding, 0));
        const placesBelow = further.findings.map((finding) => moved(finding, insertedLines));
        assert.deepEqual(placesBelow, places, 'further down');
        assert.deepEqual(fingerprints(further), fingerprints(first), 'a fingerprint depends on the line');

        const places2 = check(engine, fixture, crlf, firstRun).findings.map((finding) => moved(finding, 0));
        assert.deepEqual(places2, places, 'with CRLF');
      });
    });
  }
});

describe('invalid C', () => {
  before(startEngine);

  const run: Run = { kernel: '7.1', only: 'all' };

  for (const input of loadBadInputs()) {
    it(`${input.path.replace('test/fixtures/bad/', '')} terminates, with findings in its valid parts`, () => {
      const result = check(engine, input, input.files, run);
      const lines = new Set(input.files.get(input.path)?.annotations.findings.map(({ line }) => line));
      const findings = result.findings.filter((found) => lines.has(found.range.start.line));
      const difference = compare({ run, files: input.files }, { ...result, findings });
      agree(difference);
    });
  }

  const file = 'test/fixtures/bad/generated.c';
  const answers = (text: string) => {
    const annotations = { runs: [run], with: [], keep: [], standalone: true, findings: [], notes: [], devices: [] };
    const fixture: Fixture = {
      path: file,
      tree: 'test/fixtures',
      settings: {},
      files: new Map([[file, { text, annotations }]]),
    };
    const { partial } = check(engine, fixture, fixture.files, run).stats;
    assert.deepEqual(
      partial.filter(({ why }) => why.startsWith('the analysis failed')),
      [],
    );
  };

  for (const [name, text] of oversized) {
    it(`unbounded ${name} terminate`, () => answers(`#include <linux/hyperv.h>\n\n${text}`));
  }

  it('terminates for every fixture truncated, with a token removed and with a token doubled', () => {
    fixtures.forEach(({ path, files }, index) => {
      for (const text of damaged(files.get(path)?.text ?? '', index)) {
        assert.doesNotThrow(() => answers(text), `${path} became:\n${text}`);
      }
    });
  });
});
