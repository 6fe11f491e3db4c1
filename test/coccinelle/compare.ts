/**
 * `npm run compare:coccinelle [-- FOLDER…]`: holds the inventory of Linux 6.12 against what Coccinelle's parser finds, an
 * independent reader of kernel C without a preprocessor. Prints the share of Coccinelle's call sites that the inventory
 * has, the share of calls whose device's type is known, and every difference. Exit code 1 below the limits.
 *
 * With Coccinelle 1.1.1 and Linux 6.12.117 nothing is missed. Seven sites only the inventory has: Coccinelle's parser gives up
 * on the stretch that holds them, which `spatch --parse-c` lists as bad, mostly behind `static DEF_SCSI_QCMD(…)`.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ensureCorpus } from '../../scripts/corpus';
import { createEngine, inventoryTokens, type Engine, type InventoryEntry } from '../../src/engine';
import { answer, createTexts, tokenFilter, walkSources } from '../../src/host';
import { inventoryCalls } from '../../src/kernel/inventory';
import { loadTestGrammar } from '../syntax/measure';
import { ensureCoccinelle } from './install';

const usualFolders = ['drivers/base', 'drivers/hv', 'drivers/net/hyperv', 'drivers/scsi', 'kernel/dma'];

/** Below these the comparison fails. */
const limits = { found: 99.5, typed: 80 };

/** Files that the engine reads together. */
const groupSize = 50;

const pattern = `@call@
identifier f = {${[...inventoryCalls.keys()].join(', ')}};
position p;
@@
f@p(...)

@script:python@
f << call.f;
p << call.p;
@@
print("SITE %s:%s:%d %s" % (p[0].file, p[0].line, int(p[0].column) + 1, f))
`;

/** The call sites that Coccinelle finds, as `file:line:column name`. */
function coccinelleSites(root: string, files: readonly string[]): Set<string> {
  const work = mkdtempSync(path.join(tmpdir(), 'coccinelle-'));
  try {
    const [patch, groups] = [path.join(work, 'calls.cocci'), path.join(work, 'groups')];
    writeFileSync(patch, pattern);
    writeFileSync(groups, files.map((file) => `${path.join(root, file)}\n`).join('\n'));
    const said = execFileSync('spatch', ['--very-quiet', '--sp-file', patch, '--file-groups', groups], {
      encoding: 'utf8',
      cwd: root,
      stdio: ['ignore', 'pipe', 'ignore'],
      maxBuffer: 1 << 28,
    });
    const sites = [...said.matchAll(/^SITE (.*)$/gm)].map(([, site = '']) => site.replace(`${root}/`, ''));
    return new Set(sites);
  } finally {
    rmSync(work, { recursive: true });
  }
}

function inventorySites(engine: Engine, root: string, files: readonly string[]): InventoryEntry[] {
  const texts = createTexts();
  const found: InventoryEntry[] = [];
  for (let start = 0; start < files.length; start += groupSize) {
    const group = files.slice(start, start + groupSize).map((file) => path.join(root, file));
    const ask = (asked: readonly string[]) => engine.inventory({ files: asked, snapshot: texts, tree: root });
    const { calls, partial } = answer(ask, group, texts);
    found.push(...calls.map((call) => ({ ...call, file: path.relative(root, call.file) })));
    for (const { file, function: name, why } of partial) {
      console.log(`not fully listed: ${path.relative(root, file)}${name === null ? '' : ` ${name}()`}: ${why}`);
    }
    for (const file of group) {
      engine.forget(file);
      texts.drop(file);
    }
  }
  return found;
}

const percent = (part: number, whole: number): number => (whole === 0 ? 100 : (100 * part) / whole);

async function main(folders: readonly string[]): Promise<void> {
  ensureCoccinelle();
  const { root, version } = await ensureCorpus();
  const isCandidate = tokenFilter(inventoryTokens);
  const files = folders.flatMap((folder) => walkSources(path.join(root, folder), isCandidate).files);
  const names = files.map((file) => path.relative(root, file));
  const ours = inventorySites(createEngine(await loadTestGrammar()), root, names);
  const theirs = coccinelleSites(root, names);

  const calls = ours.filter(({ name }) => inventoryCalls.has(name));
  const sites = new Set(calls.map(({ file, line, column, name }) => `${file}:${line}:${column} ${name}`));
  const missed = [...theirs].filter((site) => !sites.has(site));
  const more = [...sites].filter((site) => !theirs.has(site));
  for (const site of missed) console.log(`only Coccinelle: ${site}`);
  for (const site of more) console.log(`only the inventory: ${site}`);

  const devices = ours.flatMap(({ device }) => device ?? []);
  const typed = devices.filter(({ type }) => type !== 'unknown');
  const embedded = typed.filter(({ type }) => type !== 'struct device');
  const found = percent(theirs.size - missed.length, theirs.size);
  const known = percent(typed.length, devices.length);
  console.log(`Linux ${version}, ${names.length} files of ${folders.join(' ')}`);
  console.log(
    `${theirs.size - missed.length} of ${theirs.size} call sites that Coccinelle finds (${found.toFixed(2)} %), and ${more.length} that it does not`,
  );
  console.log(
    `type known of ${typed.length} of ${devices.length} devices (${known.toFixed(1)} %), the structure around it of ${embedded.length}`,
  );
  if (found < limits.found || known < limits.typed) {
    console.error(`below the limits of ${limits.found} % of the sites and ${limits.typed} % of the types`);
    process.exitCode = 1;
  }
}

main(process.argv.length > 2 ? process.argv.slice(2) : usualFolders).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
