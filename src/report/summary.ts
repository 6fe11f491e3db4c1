import type { Decision, DeviceVerdict, Level } from '../review/types';
import type { Painter, Role } from './style';
import { displayWidth, printable } from './width';

/** Verdicts as the summary words them, worst first. */
const verdicts: readonly { verdict: DeviceVerdict; words: string; role: Role | null }[] = [
  { verdict: 'exposed', words: 'exposed', role: 'bad' },
  { verdict: 'broken', words: 'broken', role: 'warning' },
  { verdict: 'unknown', words: 'unknown', role: null },
  { verdict: 'protected', words: 'protected', role: 'good' },
  { verdict: 'not-confidential', words: 'not confidential', role: null },
];

/** Sorts by verdict, worst first. */
export function byVerdict(a: DeviceVerdict, b: DeviceVerdict): number {
  const rank = (wanted: DeviceVerdict): number => verdicts.findIndex(({ verdict }) => verdict === wanted);
  return rank(a) - rank(b);
}

/** `1 file`, `2 files`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

function folderOf(file: string): string {
  const slash = file.lastIndexOf('/');
  return slash > 0 ? file.slice(0, slash) : slash === 0 ? '/' : '.';
}

function groupByFolder<T extends { readonly file: string }>(items: readonly T[]): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(folderOf(item.file), [...(groups.get(folderOf(item.file)) ?? []), item]);
  return groups;
}

/** `1 device exposed · 3 protected`: the noun stands once. */
function deviceCounts(devices: Decision['devices'], paint: Painter): string {
  const parts: string[] = [];
  for (const { verdict, words, role } of verdicts) {
    const number = devices.filter((device) => device.verdict === verdict).length;
    if (number === 0) continue;
    const text = parts.length === 0 ? `${count(number, 'device')} ${words}` : `${number} ${words}`;
    parts.push(role ? paint(role, text) : text);
  }
  return parts.join(' · ');
}

function seconds(milliseconds: number): string {
  return milliseconds < 100 ? `${Math.max(1, Math.round(milliseconds))} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
}

function levelCounts({ findings }: Decision, paint: Painter): string {
  const nouns: readonly [Level, string][] = [
    ['error', 'error'],
    ['warning', 'warning'],
    ['hint', 'hint'],
  ];
  const parts = nouns.flatMap(([level, noun]) => {
    const number = findings.filter((finding) => finding.level === level).length;
    return number ? [paint(level, count(number, noun))] : [];
  });
  return parts.join(' · ') || paint('good', 'no findings');
}

/** `, 2 suppressed, 3 known from the baseline`, or nothing. */
function leftOut({ suppressed, known }: Decision): string {
  const parts = [
    ...(suppressed.length > 0 ? [`${suppressed.length} suppressed`] : []),
    ...(known.length > 0 ? [`${known.length} known from the baseline`] : []),
  ];
  return parts.map((part) => `, ${part}`).join('');
}

/** `, 1 file not analysed, 3 functions not fully analysed (--stats)`, or nothing. */
function notAnalysed({ stats }: Decision): string {
  const functions = stats.partial.filter((partial) => partial.function !== null).length;
  const files = stats.partial.length - functions;
  const parts = [
    ...(files ? [`${count(files, 'file')} not analysed`] : []),
    ...(functions ? [`${count(functions, 'function')} not fully analysed`] : []),
  ];
  return parts.length > 0 ? `, ${parts.join(', ')} (--stats)` : '';
}

/** What protected devices rest on that a later kernel rejects, in one line, or nothing. */
function restLines({ devices }: Decision): string[] {
  const safe = devices.filter(({ verdict }) => verdict === 'protected');
  const [first, ...more] = safe.flatMap(({ dependsOn }) => dependsOn ?? []);
  if (!first) return [];
  const number = 1 + more.length;
  const which =
    number < safe.length ? `${number} of ${safe.length} protected devices` : count(number, 'protected device');
  return [`${which} depend${number === 1 ? 's' : ''} on ${first.message}`];
}

/** One line per folder that has devices, one on what they depend on, then one on the whole run. */
export function drawSummary(result: Decision, paint: Painter): string {
  const folders = [...groupByFolder(result.devices)].sort(([a], [b]) => (a < b ? -1 : 1));
  const width = Math.max(0, ...folders.map(([folder]) => displayWidth(folder)));
  const lines = folders.map(([folder, devices]) => {
    const pad = ' '.repeat(width - displayWidth(folder));
    return `${paint('strong', printable(folder))}${pad}   ${deviceCounts(devices, paint)}`;
  });
  const { files, milliseconds } = result.stats;
  const run = `${count(files, 'file')}${leftOut(result)}${notAnalysed(result)} · Linux ${result.kernel} · ${seconds(milliseconds)}`;
  return [...lines, ...restLines(result), `${levelCounts(result, paint)} in ${run}`].join('\n');
}

/** The figures behind the summary, and what was not analysed and why (`--stats`). */
export function drawStats({ stats }: Decision): string {
  const { files, parsed, cached = 0, bytes, functions, milliseconds } = stats;
  const speed = milliseconds > 0 ? `, ${(bytes / 1e3 / milliseconds).toFixed(1)} MB/s` : '';
  const lines = [
    `read ${count(files, 'file')}, ${(bytes / 1e6).toFixed(2)} MB; parsed ${parsed}${cached > 0 ? `, ${cached} of them in an earlier run` : ''}; ${count(functions, 'function')}; ${seconds(milliseconds)}${speed}`,
  ];
  for (const { file, function: name, why } of stats.partial) {
    const what = name === null ? `not analysed: ${file}` : `not fully analysed: ${file}: ${name}()`;
    lines.push(printable(`${what}: ${why}`));
  }
  return lines.join('\n');
}
