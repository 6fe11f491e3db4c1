import { mappedAddresses, pageMasks, pageNumbers, pageOffsets, pageShifts, pageSizes } from '../../kernel/resources';
import { typeOfLoc } from '../frame/device';
import { siteOf } from '../frame/record';
import type { Span } from '../ir/ir';
import type { Resource, State } from '../domain/state';
import { read } from '../domain/state';
import type { Loc, Value } from '../domain/values';
import type { Frame } from '../frame/frame';
import type { PageUse } from '../frame/faults';
import { recordFault } from '../frame/record-fault';

const pageBits = 12;

/**
 * Reports a store after which a structure holds the PFN of a DMA address and the page offset of the original buffer: a bounced
 * buffer lies at another offset.
 */
export function trackPageNumbers(frame: Frame, state: State, at: Loc, value: Value, span: Span): void {
  recordOverwrittenOffset(frame, state, at, value);
  if (at.k !== 'field' && at.k !== 'element') return;
  const structure = structureOf(at);
  if (!structure) return;
  const site = siteOf(frame, span);
  const address = pageNumberOperand(value);
  if (address) {
    const mapping = mappingOf(frame, state, address);
    const offset = mapping && originalOffsetIn(frame, state, structure, mapping);
    if (mapping && offset) recordPageFault(frame, state, mapping, { at: site, offset });
    return;
  }
  for (const { at: other, value: stored } of state.env.values()) {
    if ((other.k !== 'field' && other.k !== 'element') || structureOf(other)?.key !== structure.key) continue;
    const page = pageNumberOperand(stored);
    const mapping = page && mappingOf(frame, state, page);
    if (mapping && isOffsetOf(frame, value, mapping))
      recordPageFault(frame, state, mapping, { at: site, offset: at.key });
  }
}

function recordPageFault(frame: Frame, state: State, { origin }: Resource, page: PageUse): void {
  if (!frame.overwrittenOffsets.has(page.offset)) recordFault(frame, state, 'page-alone', origin, origin, { page });
}

/** Records a store that replaces the offset of the original buffer, by that of the DMA address or an unknown value. */
function recordOverwrittenOffset(frame: Frame, state: State, at: Loc, value: Value): void {
  const fromMapping =
    [...state.resources.keys()].some((id) => value.key.includes(id)) || containsValue(value, isListAddress);
  const reported = [...frame.faults.values()].some(({ page }) => page?.offset === at.key);
  const original = [...state.resources.values()].some((mapping) => isOffsetOf(frame, value, mapping));
  if (fromMapping || (reported && !original)) frame.overwrittenOffsets.add(at.key);
}

/** The structure that contains a member, or the array of an element. */
function structureOf(at: Loc): Loc | null {
  if (at.k === 'element') return structureOf(at.base);
  return at.k === 'field' ? at.base : null;
}

/** The live mapping of an address: the result of a map call, or the address in an entry of the only mapped list. */
function mappingOf(frame: Frame, state: State, address: Value): Resource | null {
  const live = [...state.resources.values()].filter(
    ({ origin, typestate }) => origin.effect.kind === 'map' && (typestate === 'mapped' || typestate === 'valid'),
  );
  const own = live.find(({ value }) => value.key === address.key);
  if (own || !isListEntry(frame, address, 'dma_address')) return own ?? null;
  const lists = live.filter(({ origin }) => origin.effect.kind === 'map' && origin.effect.form === 'sg');
  return lists.length === 1 ? (lists[0] ?? null) : null;
}

/** The key of the member that holds the offset of the original buffer: stored there, or read to compute the buffer. */
function originalOffsetIn(frame: Frame, state: State, structure: Loc, mapping: Resource): string | null {
  for (const { at, value } of state.env.values())
    if (at.k === 'field' && at.base.key === structure.key && isOffsetOf(frame, value, mapping)) return at.key;
  const { effect, args } = mapping.origin;
  const buffer = effect.kind === 'map' ? args[effect.buffer] : undefined;
  let found: string | null = null;
  if (buffer)
    containsValue(buffer, (part) => {
      const member = part.k === 'init' && part.at.k === 'field' && part.at.base.key === structure.key ? part.at : null;
      // a member that only selects the page is no offset
      const isOffset = member !== null && read(state, member).key === part.key && isAdded(buffer, part);
      if (isOffset) found = member.key;
      return isOffset;
    });
  return found;
}

/** True where a value is a direct operand of an addition in the address. */
function isAdded(address: Value, part: Value): boolean {
  const added = address.k === 'op' && address.op === '+' && address.args.some(({ key }) => key === part.key);
  return added || operandsOf(address).some((inner) => isAdded(inner, part));
}

/** True for the page offset of the mapped memory. */
function isOffsetOf(frame: Frame, value: Value, { origin: { effect, args } }: Resource): boolean {
  if (effect.kind !== 'map') return false;
  const inPage = pageOffsetOperand(value);
  switch (effect.form) {
    case 'single':
      return inPage !== null && inPage.key === args[effect.buffer]?.key;
    case 'page': {
      const offset = effect.offset === undefined ? undefined : args[effect.offset];
      return offset !== undefined && offset.k !== 'int' && (inPage ?? value).key === offset.key;
    }
    case 'sg':
      return isListEntry(frame, inPage ?? value, 'offset');
  }
}

/** True for this member of a scatterlist entry. */
function isListEntry(frame: Frame, value: Value, member: 'offset' | 'dma_address'): boolean {
  if (member === 'dma_address' && isListAddress(value)) return true;
  if (value.k !== 'init' || value.at.k !== 'field' || value.at.name !== member) return false;
  return typeOfLoc(frame, value.at.base)?.name === 'struct scatterlist';
}

const isListAddress = (value: Value): boolean => value.k === 'call' && mappedAddresses.has(value.name);

/** The address whose PFN a value is, optionally plus a constant; null for any other value. */
function pageNumberOperand(value: Value): Value | null {
  if (value.k === 'call') return pageNumbers.has(value.name) ? (value.args[0] ?? null) : null;
  if (value.k !== 'op') return null;
  const [a, b] = value.args;
  if (!a || !b) return null;
  if (value.op === '+') return b.k === 'int' ? pageNumberOperand(a) : null;
  const shifts = value.op === '>>' && (b.k === 'int' ? b.n >= pageBits : b.k === 'constant' && pageShifts.has(b.name));
  return shifts || (value.op === '/' && isPageSize(b)) ? a : null;
}

/** The address whose page offset a value is, or null. */
function pageOffsetOperand(value: Value): Value | null {
  if (value.k === 'call') return pageOffsets.has(value.name) ? (value.args[0] ?? null) : null;
  if (value.k !== 'op') return null;
  const [a, b] = value.args;
  if (!a || !b) return null;
  return (value.op === '&' && isLowMask(b)) || (value.op === '%' && isPageSize(b)) ? a : null;
}

function isPageSize(value: Value): boolean {
  return value.k === 'int' ? value.n === 2 ** pageBits : value.k === 'constant' && pageSizes.has(value.name);
}

/** `PAGE_SIZE - 1` or `~PAGE_MASK`. */
function isLowMask(value: Value): boolean {
  if (value.k === 'int') return value.n === 2 ** pageBits - 1;
  if (value.k === 'mask') return value.bits.key === String(pageBits);
  if (value.k !== 'op') return false;
  const [a, b] = value.args;
  if (value.op === '~') return a?.k === 'constant' && pageMasks.has(a.name);
  return value.op === '-' && a !== undefined && isPageSize(a) && b?.key === '1';
}

function operandsOf(value: Value): readonly Value[] {
  return value.k === 'op' || value.k === 'call' ? value.args : [];
}

/** True when the value or one of its operands satisfies the predicate. */
function containsValue(value: Value, wanted: (part: Value) => boolean): boolean {
  return wanted(value) || operandsOf(value).some((part) => containsValue(part, wanted));
}
