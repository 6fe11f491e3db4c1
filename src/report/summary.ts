import type { Decision, DeviceVerdict, Level } from '../review/types';
import type { Painter, Role } from './style';
import { displayWidth, printable } from './width';
import { count, gapText, verdictWords } from './wording';

/** Verdicts, worst first, with their colors. */
const verdicts: readonly { verdict: DeviceVerdict; role: Role | null }[] = [
  { verdict: 'exposed', role: 'bad' },
  { verdict: 'broken', role: 'warning' },
  { verdict: 'unknown', role: null },
  { verdict: 'protected', role: 'good' },
  { verdict: 'not-confidential', role: null },
];

/** Sorts by verdict, worst first. */
export function byVerdict(a: DeviceVerdict, b: DeviceVerdict): number {
  const rank = (wanted: DeviceVerdict): number => verdicts.findIndex(({ verdict }) => verdict === wanted);
  return rank(a) - rank(b);
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

/** `1 device exposed · 3 protected`: only the first part has the noun. */
function deviceCounts(devices: Decision['devices'], paint: Painter): string {
  const parts: string[] = [];
  for (const { verdict, role } of verdicts) {
    const number = devices.filter((device) => device.verdict === verdict).length;
    if (number === 0) continue;
    const words = verdictWords[verdict];
    const text = parts.length === 0 ? `${count(number, 'device')} ${words}` : `${number} ${words}`;
    parts.push(role ? paint(role, text) : text);
  }
  return parts.join(' · ');
}

function seconds(milliseconds: number): string {
  return milliseconds < 100 ? `${Math.max(1, Math.round(milliseconds))} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
}

function levelCounts({ findings }: Decision, paint: Painter): string {
  const levels: readonly Level[] = ['error', 'warning', 'hint'];
  const parts = levels.flatMap((level) => {
    const number = findings.filter((finding) => finding.level === level).length;
    return number ? [paint(level, count(number, level))] : [];
  });
  return parts.join(' · ') || paint('good', 'no findings');
}

/** `, 2 suppressed, 3 in the baseline`, or nothing. */
function leftOut({ suppressed, known }: Decision): string {
  const parts = [
    ...(suppressed.length > 0 ? [`${suppressed.length} suppressed`] : []),
    ...(known.length > 0 ? [`${known.length} in the baseline`] : []),
  ];
  return parts.map((part) => `, ${part}`).join('');
}

/** `, 1 file not analyzed, 3 functions not fully analyzed (see --stats)`, or nothing. */
function notAnalyzed({ stats }: Decision): string {
  const functions = stats.partial.filter((partial) => partial.function !== null).length;
  const files = stats.partial.length - functions;
  const parts = [
    ...(files ? [`${count(files, 'file')} not analyzed`] : []),
    ...(functions ? [`${count(functions, 'function')} not fully analyzed`] : []),
  ];
  return parts.length > 0 ? `, ${parts.join(', ')} (see --stats)` : '';
}

/** How many protected devices depend on something that another kernel profile rejects, or nothing. */
function dependenceLines({ devices }: Decision): string[] {
  const safe = devices.filter(({ verdict }) => verdict === 'protected');
  const [first, ...more] = safe.flatMap(({ dependsOn }) => dependsOn ?? []);
  if (!first) return [];
  const number = 1 + more.length;
  const which =
    number < safe.length ? `${number} of ${safe.length} protected devices` : count(number, 'protected device');
  return [`${which} depend${number === 1 ? 's' : ''} on ${first.message}`];
}

/** One line per folder with devices, one on what they depend on, and one on the whole run. */
export function drawSummary(result: Decision, paint: Painter): string {
  const folders = [...groupByFolder(result.devices)].sort(([a], [b]) => (a < b ? -1 : 1));
  const width = Math.max(0, ...folders.map(([folder]) => displayWidth(folder)));
  const lines = folders.map(([folder, devices]) => {
    const pad = ' '.repeat(width - displayWidth(folder));
    return `${paint('strong', printable(folder))}${pad}   ${deviceCounts(devices, paint)}`;
  });
  const { files, milliseconds } = result.stats;
  const run = `${count(files, 'file')}${leftOut(result)}${notAnalyzed(result)} · Linux ${result.kernel} · ${seconds(milliseconds)}`;
  return [...lines, ...dependenceLines(result), `${levelCounts(result, paint)} in ${run}`].join('\n');
}

/** The figures behind the summary, and what was not analyzed and why (`--stats`). */
export function drawStats({ stats }: Decision): string {
  const { files, parsed, cached = 0, bytes, functions, milliseconds } = stats;
  const speed = milliseconds > 0 ? `, ${(bytes / 1e3 / milliseconds).toFixed(1)} MB/s` : '';
  const reused = cached > 0 ? ` (${cached} from the cache)` : '';
  const figures = `${count(files, 'file')} searched; ${parsed} parsed${reused}, ${(bytes / 1e6).toFixed(2)} MB, ${count(functions, 'function')}; ${seconds(milliseconds)}${speed}`;
  return [figures, ...stats.partial.map((gap) => printable(`${gap.file}: ${gapText(gap)}`))].join('\n');
}
