import { userTrustPrefix } from '../../kernel/extension';
import { externalMemoryFlag, ringFlag } from '../../kernel/trust';
import type { Loc, Value } from './values';

/** A place as C text: `hdev->channel->co_external_memory`. */
export function printLoc(loc: Loc): string {
  switch (loc.k) {
    case 'local':
      return loc.name.replace(/#\d+$/, '');
    case 'global':
      return loc.name;
    case 'deref':
      return loc.pointer.k === 'init' ? `*${printValue(loc.pointer)}` : `*(${printValue(loc.pointer)})`;
    case 'field':
      return loc.base.k === 'deref'
        ? `${printValue(loc.base.pointer)}->${loc.name}`
        : `${printLoc(loc.base)}.${loc.name}`;
    case 'element':
      return `${printLoc(loc.base)}[${loc.index.k === 'unknown' ? 'i' : printValue(loc.index)}]`;
  }
}

/** A value as C text; what is unknown prints as `…`. */
export function printValue(value: Value): string {
  switch (value.k) {
    case 'int':
      return String(value.n);
    case 'init':
      return printLoc(value.at);
    case 'address':
      return `&${printLoc(value.of)}`;
    case 'call':
      // a private copy of a channel flag reads as the code names it
      if (value.name === externalMemoryFlag || value.name === ringFlag) return value.args.map(printValue).join(', ');
      if (value.name.startsWith(userTrustPrefix))
        return printOwn(value.name.slice(userTrustPrefix.length), value.args[1]);
      return `${value.name}(${value.args.map(printValue).join(', ')})`;
    case 'container':
      return `container_of(${printValue(value.of)}, ${value.type.name}, ${value.member})`;
    case 'mask':
      return `DMA_BIT_MASK(${printValue(value.bits)})`;
    case 'constant':
      return value.name;
    case 'choice':
    case 'unknown':
      return '…';
    case 'op': {
      const [a, b] = value.args;
      if (a && b) return `${nested(a)} ${value.op} ${nested(b)}`;
      return a ? `${value.op}${nested(a)}` : value.op;
    }
  }
}

/** A predicate that users added, as the code has it: a call, or the member itself. */
function printOwn(name: string, asked: Value | undefined): string {
  const text = asked ? printValue(asked) : '…';
  return text.endsWith(`->${name}`) || text.endsWith(`.${name}`) ? text : `${name}(${text})`;
}

function nested(value: Value): string {
  const text = printValue(value);
  return value.k === 'op' && value.args.length > 1 ? `(${text})` : text;
}
