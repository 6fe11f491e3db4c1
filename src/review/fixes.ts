import { externalMemoryFlag, trustCalls, type UserPredicate } from '../kernel/trust';
import type { LineIndex } from '../syntax/positions';
import { indexLines, offsetAt, positionAt } from '../syntax/positions';
import type { Finding, Fix, TextEdit } from './types';

/** A finding in its text. */
interface Place {
  readonly finding: Finding;
  readonly text: string;
  readonly lines: LineIndex;
  /** Offsets of the finding's range, and the code there. */
  readonly start: number;
  readonly end: number;
  readonly code: string;
  readonly trust: readonly UserPredicate[];
}

interface Proposal {
  readonly title: string;
  readonly edits: readonly { readonly start: number; readonly end: number; readonly newText: string }[];
}

/**
 * Mechanical fixes for a finding, the likeliest first. They are made from the code at the finding alone, so `verified` is
 * false until the edited text has been analyzed. `trust` are user-defined predicates.
 */
export function proposeFixes(finding: Finding, text: string, trust: readonly UserPredicate[] = []): Fix[] {
  // a fix in a driver would keep the decision at the wrong layer
  if (finding.layer?.at === 'driver') return [];
  const lines = indexLines(text);
  const [start, end] = [offsetAt(lines, finding.range.start), offsetAt(lines, finding.range.end)];
  const place: Place = { finding, text, lines, start, end, code: text.slice(start, end), trust };
  const proposals = proposers.get(finding.rule)?.(place) ?? [];
  return proposals.map(({ title, edits }) => ({
    title,
    verified: false,
    edits: edits.map((edit): TextEdit => ({
      file: finding.file,
      range: { start: positionAt(lines, edit.start), end: positionAt(lines, edit.end) },
      newText: edit.newText,
    })),
  }));
}

/** The text after non-overlapping edits of it. */
export function applyEdits(text: string, edits: readonly TextEdit[]): string {
  const lines = indexLines(text);
  const placed = edits.map(({ range, newText }) => ({
    start: offsetAt(lines, range.start),
    end: offsetAt(lines, range.end),
    newText,
  }));
  placed.sort((a, b) => b.start - a.start);
  return placed.reduce((left, edit) => left.slice(0, edit.start) + edit.newText + left.slice(edit.end), text);
}

const proposers: ReadonlyMap<string, (place: Place) => Proposal[]> = new Map([
  ['swiotlb-reachable', takePoolBeforeAdd],
  ['tlb-mem-reset', addOnly],
  ['double-initialize', addOnly],
  ['disable-no-effect', assign],
  ['wrong-trust-flag', testTrustFlag],
  ['decrypted-external-memory', askChannel],
  ['coherent-mask-unset', setBothMasks],
]);

const registration = /^device_register\(\s*([^()]+?)\s*\)$/;

/** The order that works: initialize, clear the pool of a confidential device, add. */
function takePoolBeforeAdd({ finding, text, start, code, trust }: Place): Proposal[] {
  const device = registration.exec(code)?.[1];
  const predicate = finding.conditions.find((condition) => predicateIn(trust).test(condition));
  const lineStart = text.lastIndexOf('\n', start) + 1;
  if (!device || !predicate || !startsStatement(text, lineStart, start)) return [];
  const indent = /^[ \t]*/.exec(text.slice(lineStart))?.[0] ?? '';
  const newline = text[lineStart - 2] === '\r' ? '\r\n' : '\n';
  const member = device.startsWith('&') ? `${device.slice(1)}.` : `${device}->`;
  const before = [
    `${indent}device_initialize(${device});`,
    `${indent}if (${predicate})`,
    `${indent}\t${member}dma_io_tlb_mem = NULL;`,
    '',
  ].join(newline);
  const title = 'Clear dma_io_tlb_mem between device_initialize() and device_add()';
  return [{ title, edits: [{ start: lineStart, end: lineStart, newText: before }, ...calling(start, 'device_add')] }];
}

/** Matches a condition that is a trust predicate and nothing else. */
function predicateIn(trust: readonly UserPredicate[]): RegExp {
  const members = [externalMemoryFlag, ...trust.flatMap((own) => ('member' in own ? own.member : []))];
  const functions = [...trustCalls, ...trust.flatMap((own) => ('function' in own ? own.function : []))];
  return new RegExp(`^[\\w>.[\\]-]*\\b(?:${members.join('|')})$|^(?:${functions.join('|')})\\([^…]*$`);
}

/**
 * True if statements can be inserted before the line: the line starts a statement that ends in the call, and the line above
 * is not a condition without braces.
 */
function startsStatement(text: string, lineStart: number, call: number): boolean {
  const above = text.slice(0, lineStart).trimEnd();
  const head = text.slice(lineStart, call);
  return /(?:[;{}:]|\*\/)$/.test(above) && /^[ \t]*(?:return\s+|if \(+)?(?:[\w.>[\]-]+\s*=\s*)?$/.test(head);
}

/** The device is already initialized, so it only has to be added. */
function addOnly({ start, code }: Place): Proposal[] {
  if (!registration.test(code)) return [];
  return [{ title: 'Call device_add(), since the device is already initialized', edits: calling(start, 'device_add') }];
}

function calling(start: number, name: string): Proposal['edits'] {
  return [{ start, end: start + 'device_register'.length, newText: name }];
}

function assign({ start, code }: Place): Proposal[] {
  const comparison = /\bdma_io_tlb_mem\s*(==)/.exec(code);
  if (!comparison) return [];
  const at = start + comparison.index + comparison[0].length - 2;
  return [{ title: 'Assign instead of comparing', edits: [{ start: at, end: at + 2, newText: '=' }] }];
}

/** Replaces the ring flag by the flag for external memory, or removes a negation of the latter. */
function testTrustFlag({ start, code }: Place): Proposal[] {
  const title = 'Test co_external_memory';
  const ring = code.indexOf('co_ring_buffer');
  const inverted = /!\s*(?=[\w>.[\]-]*\bco_external_memory\b)/.exec(code);
  const replace = (at: number, length: number, newText: string): Proposal => ({
    title,
    edits: [{ start: start + at, end: start + at + length, newText }],
  });
  return [
    ...(ring >= 0 ? [replace(ring, 'co_ring_buffer'.length, 'co_external_memory')] : []),
    ...(inverted ? [replace(inverted.index, inverted[0].length, '')] : []),
  ];
}

/** Decrypts the memory of a GPADL only if the channel does not keep it private, or tests the right flag for that. */
function askChannel(place: Place): Proposal[] {
  const { text, start } = place;
  const body = text.lastIndexOf('\n{', start);
  const from = Math.max(text.lastIndexOf(';', body), text.lastIndexOf('}', body)) + 1;
  const head = text.slice(from, start);
  const channels = [...head.matchAll(/struct\s+vmbus_channel\s*\*\s*(\w+)\s*[,)]/g)];
  const [channel] = channels.length === 1 ? (channels[0]?.slice(1) ?? []) : [];
  if (channel === undefined) return [];
  const tested = [...head.matchAll(/\bco_(?:ring_buffer|external_memory)\b/g)];
  const [flag] = tested;
  if (!flag) return decryptUnless(place, head, channel);
  const right = flag[0] === 'co_ring_buffer' ? 'co_external_memory' : 'co_ring_buffer';
  if (tested.length > 1) return [];
  const at = from + flag.index;
  return [{ title: `Test ${right}`, edits: [{ start: at, end: at + flag[0].length, newText: right }] }];
}

function decryptUnless({ text, start, end, code }: Place, head: string, channel: string): Proposal[] {
  const title = 'Decrypt only memory that the channel does not keep private';
  const type = /\benum\s+hv_gpadl_type\s+(\w+)/.exec(head)?.[1];
  const stays =
    type === undefined
      ? `${channel}->co_external_memory`
      : `((${type} == HV_GPADL_BUFFER && ${channel}->co_external_memory) || (${type} == HV_GPADL_RING && ${channel}->co_ring_buffer))`;
  // the code that frees the memory tests this member
  const noted = [...head.matchAll(/([\w>.-]+(?:->|\.)decrypted) = true;/g)].at(-1);
  if (!/(?:^|[;{})])\s*[\w>.-]+ = $/.test(head) || text[end] !== ';') return [];
  if (!noted?.[1]) return [{ title, edits: [{ start, end, newText: `${stays} ? 0 : ${code}` }] }];
  const at = start - head.length + noted.index + noted[0].length - 'true;'.length;
  return [
    {
      title,
      edits: [
        { start: at, end: at + 'true'.length, newText: `!${stays}` },
        { start, end, newText: `${noted[1]} ? ${code} : 0` },
      ],
    },
  ];
}

/** Replaces the call that sets only the streaming mask by the one that sets both. */
function setBothMasks({ start, code }: Place): Proposal[] {
  const name = /^dma_set_mask(?=\()/.exec(code)?.[0];
  if (name === undefined) return [];
  return [
    { title: 'Set both DMA masks', edits: [{ start, end: start + name.length, newText: 'dma_set_mask_and_coherent' }] },
  ];
}
