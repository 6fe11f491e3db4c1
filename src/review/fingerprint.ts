import { eventsOn } from '../analysis';
import type { Match } from './group';

/**
 * The identity of a finding, 16 hexadecimal digits. It survives edits elsewhere: it depends on the rule, the function, the
 * kind of device and the calls of the path, not on line numbers or the names of locals.
 */
export function fingerprint(rule: string, match: Match): string {
  const { path } = match.judged;
  const calls = eventsOn(path).map((event) => `${event.k}:${event.name}`);
  const via = path.subject.via.map((site) => site.in.name);
  return hash([rule, match.at.in.name, path.type, path.subject.name, ...calls, ...via].join('|'));
}

/** FNV-1a, 64 bit. */
export function hash(text: string): string {
  let value = 0xcbf29ce484222325n;
  for (let i = 0; i < text.length; i++) {
    value ^= BigInt(text.charCodeAt(i));
    value = BigInt.asUintN(64, value * 0x100000001b3n);
  }
  return value.toString(16).padStart(16, '0');
}
