/** Ways to break correct code that people took, or may take, and the rule that must say so. */
import { callsOf, functionOf, nodesOf, replace, replaceMatches, statementOf, type Mutation, type Sample } from './c';

/** What a sample shows: a bus that registers devices, a driver that maps, or code that changes how memory is encrypted. */
export type Kind = 'bus' | 'driver' | 'memory' | 'pci';

export interface Operator {
  readonly name: string;
  /** The rule that catches its mutants, by kind of sample; kinds that are not named have no such mutants. */
  readonly rule: Readonly<Partial<Record<Kind, string>>>;
  readonly mutate: (sample: Sample) => readonly Mutation[];
}

const flagTest = /^(?:.*->co_external_memory|is_co_external_memory\(.*\))$/s;
const store = /\bdma_io_tlb_mem\b/;
/** Helpers and macros of the samples that take the pool away. */
const takers = /\b(?:lab_disable_bounce|lab_setup_dma|LAB_NO_BOUNCE)\(/;

/** Every place where the flag is asked. */
const flags = (sample: Sample) => nodesOf(sample, ['field_expression', 'call_expression'], flagTest);

const onFlags = (by: (flag: string) => string) => (sample: Sample) =>
  flags(sample).map((node) => replace(sample, node.startIndex, node.endIndex, by(node.text)));

/** The three statements that matter of a function that registers a device. */
function registration(sample: Sample) {
  const [add] = callsOf(sample, 'device_add');
  const registering = add && functionOf(add);
  const inside = (call: { startIndex: number }) =>
    registering && call.startIndex > registering.startIndex && call.startIndex < registering.endIndex;
  const initialize = callsOf(sample, 'device_initialize').find(inside);
  const body = registering?.childForFieldName('body')?.namedChildren ?? [];
  const take = body.find((node) => node && (store.test(node.text) || takers.test(node.text)));
  const statements = { add: add && statementOf(add), initialize: initialize && statementOf(initialize), take };
  const { add: adds, initialize: initializes, take: takes } = statements;
  return add && adds && initializes && takes ? { call: add, add: adds, initialize: initializes, take: takes } : null;
}

type Registration = NonNullable<ReturnType<typeof registration>>;

const onRegistration = (mutate: (sample: Sample, found: Registration) => Mutation) => (sample: Sample) => {
  const found = registration(sample);
  return found ? [mutate(sample, found)] : [];
};

/** Moves a statement behind the one that adds the device. */
function moveLate(sample: Sample, { call, add }: Registration, late: Registration['take']): Mutation {
  const after =
    add.type === 'return_statement'
      ? `int added = ${call.text};\n\n\t${late.text}\n\treturn added;`
      : `${add.text}\n\t${late.text}`;
  const between = sample.text.slice(late.endIndex, add.startIndex);
  return replace(sample, late.startIndex, add.endIndex, `${between.trimStart()}${after}`);
}

/** Moves the statement that sets the mask behind the one that adds the device, where one function does both. */
function maskLate(sample: Sample): Mutation[] {
  const found = registration(sample);
  const call = ['dma_set_mask', 'dma_set_mask_and_coherent'].flatMap((name) => callsOf(sample, name))[0];
  const mask = call && statementOf(call);
  if (!found || !mask || functionOf(mask)?.startIndex !== functionOf(found.add)?.startIndex) return [];
  return [moveLate(sample, found, mask)];
}

function takeEarly(sample: Sample, { initialize, take }: Registration): Mutation {
  const between = sample.text.slice(initialize.startIndex, take.startIndex);
  return replace(sample, initialize.startIndex, take.endIndex, `${take.text}\n\t${between.trimEnd()}`);
}

const deviceOf = (call: Registration['call']): string => call.childForFieldName('arguments')?.text.slice(1, -1) ?? '';

/** Removes the test of a call's result: `if (call()) return …;`, or the `if (ret) …` behind it. */
function unchecked(sample: Sample, name: string): Mutation[] {
  return callsOf(sample, name).flatMap((call) => {
    const statement = statementOf(call);
    if (!statement) return [];
    const start = statement.startIndex;
    if (statement.type === 'if_statement') return [replace(sample, start, statement.endIndex, `${call.text};`)];
    const next = statement.nextNamedSibling;
    if (statement.type !== 'expression_statement' || next?.type !== 'if_statement') return [];
    return [replace(sample, start, next.endIndex, `${call.text};`)];
  });
}

/** Replaces an argument of every call of a function. */
const onArgument = (name: string, index: number, by: (argument: string) => string) => (sample: Sample) =>
  callsOf(sample, name).flatMap((call) => {
    const argument = call.childForFieldName('arguments')?.namedChildren[index];
    return argument ? [replace(sample, argument.startIndex, argument.endIndex, by(argument.text))] : [];
  });

const plainStore = /([\w()>.-]*?(?:->|\.))dma_io_tlb_mem = NULL/g;

export const operators: readonly Operator[] = [
  {
    name: 'the store is left out',
    rule: { bus: 'swiotlb-reachable' },
    mutate: (sample) => [
      ...replaceMatches(sample, /[\w()>.-]+dma_io_tlb_mem = [^;]*;/g, () => ';'),
      ...replaceMatches(sample, /WRITE_ONCE\([^;]*dma_io_tlb_mem[^;]*;/g, () => ';'),
    ],
  },
  {
    name: 'a comparison in place of the store',
    rule: { bus: 'disable-no-effect' },
    mutate: (sample) => replaceMatches(sample, /dma_io_tlb_mem = /g, () => 'dma_io_tlb_mem == '),
  },
  {
    name: 'the default pool in place of NULL',
    rule: { bus: 'swiotlb-reachable' },
    mutate: (sample) => replaceMatches(sample, /dma_io_tlb_mem = NULL/g, () => 'dma_io_tlb_mem = &io_tlb_default_mem'),
  },
  {
    name: "the parent's pool",
    rule: { bus: 'disable-no-effect' },
    mutate: (sample) => replaceMatches(sample, plainStore, ([, device]) => `${device}parent->dma_io_tlb_mem = NULL`),
  },
  {
    name: "a copy's pool",
    rule: { bus: 'disable-no-effect' },
    mutate: (sample) =>
      replaceMatches(
        sample,
        plainStore,
        ([, device = '']) =>
          `do { struct device copy = ${device.endsWith('->') ? '*' : ''}${device.replace(/->$|\.$/, '')}; copy.dma_io_tlb_mem = NULL; } while (0)`,
      ),
  },
  {
    name: 'taken away after device_add()',
    rule: { bus: 'tlb-mem-cleared-late' },
    mutate: onRegistration((sample, found) => moveLate(sample, found, found.take)),
  },
  { name: 'the mask after device_add()', rule: { bus: 'dma-mask-after-map' }, mutate: maskLate },
  { name: 'taken away before device_initialize()', rule: { bus: 'tlb-mem-reset' }, mutate: onRegistration(takeEarly) },
  {
    name: 'device_register() in place of device_add()',
    rule: { bus: 'tlb-mem-reset' },
    mutate: (sample) => replaceMatches(sample, /\bdevice_add\(/g, () => 'device_register('),
  },
  {
    name: 'initialised twice',
    rule: { bus: 'double-initialize' },
    mutate: onRegistration((sample, { initialize }) =>
      replace(sample, initialize.endIndex, initialize.endIndex, `\n\t${initialize.text}`),
    ),
  },
  {
    name: 'initialised again afterwards',
    rule: { bus: 'tlb-mem-reset' },
    mutate: onRegistration((sample, { initialize, take }) =>
      replace(sample, take.endIndex, take.endIndex, `\n\t${initialize.text}`),
    ),
  },
  {
    name: 'the pool is put back',
    rule: { bus: 'tlb-mem-reset' },
    mutate: onRegistration((sample, { call, take }) => {
      const back = `(${deviceOf(call)})->dma_io_tlb_mem = &io_tlb_default_mem;`;
      return replace(sample, take.endIndex, take.endIndex, `\n\t${back}`);
    }),
  },
  {
    name: 'the flag inverted',
    rule: { bus: 'wrong-trust-flag', driver: 'swiotlb-reachable' },
    mutate: onFlags((flag) => `!${flag}`),
  },
  {
    name: "the ring's flag",
    rule: { bus: 'wrong-trust-flag' },
    mutate: onFlags((flag) => flag.replaceAll('co_external_memory', 'co_ring_buffer')),
  },
  {
    name: "the flag or the ring's",
    rule: { bus: 'wrong-trust-flag' },
    mutate: onFlags((flag) => `(${flag} || ${flag.replaceAll('co_external_memory', 'co_ring_buffer')})`),
  },
  {
    name: "the flag and the ring's",
    rule: { bus: 'wrong-trust-flag', driver: 'swiotlb-reachable' },
    mutate: onFlags((flag) => `(${flag} && ${flag.replaceAll('co_external_memory', 'co_ring_buffer')})`),
  },
  {
    name: 'is the VM confidential',
    rule: { bus: 'wrong-trust-flag' },
    mutate: onFlags(() => 'vmbus_is_confidential()'),
  },
  {
    name: 'is the VM isolated',
    rule: { bus: 'wrong-trust-flag' },
    mutate: onFlags(() => 'hv_is_isolation_supported()'),
  },
  { name: 'only in SNP', rule: { bus: 'wrong-trust-flag' }, mutate: onFlags(() => 'hv_isolation_type_snp()') },
  {
    name: 'the flag and one kind of isolation',
    rule: { bus: 'swiotlb-reachable', driver: 'swiotlb-reachable' },
    mutate: onFlags((flag) => `(${flag} && hv_isolation_type_tdx())`),
  },
  { name: 'always', rule: { bus: 'shared-dma-without-bounce' }, mutate: onFlags(() => 'true') },
  { name: 'never', rule: { bus: 'swiotlb-reachable', driver: 'swiotlb-reachable' }, mutate: onFlags(() => 'false') },
  {
    name: 'a 24 bit mask',
    rule: { bus: 'bounce-unavailable' },
    mutate: (sample) => replaceMatches(sample, /DMA_BIT_MASK\(64\)/g, () => 'DMA_BIT_MASK(24)'),
  },
  {
    name: "the mask's result ignored",
    rule: { bus: 'dma-mask-unchecked', pci: 'dma-mask-unchecked' },
    mutate: (sample) => ['dma_set_mask', 'dma_set_mask_and_coherent'].flatMap((name) => unchecked(sample, name)),
  },
  {
    name: 'the error path forgets the mapping',
    rule: { driver: 'unmatched-unmap', pci: 'unmatched-unmap' },
    mutate: (sample) => replaceMatches(sample, /goto unmap;/g, () => 'return ret;'),
  },
  {
    name: 'unmapped in the other direction',
    rule: { driver: 'unmap-wrong-args', pci: 'unmap-wrong-args' },
    mutate: onArgument('dma_unmap_single', 3, () => 'DMA_FROM_DEVICE'),
  },
  {
    name: 'unmapped by another size',
    rule: { driver: 'unmap-wrong-args', pci: 'unmap-wrong-args' },
    mutate: onArgument('dma_unmap_single', 2, (size) => `${size} / 2`),
  },
  {
    name: 'no minimum alignment',
    rule: { driver: 'min-align-mask-missing' },
    mutate: (sample) => replaceMatches(sample, /dma_set_min_align_mask\([^;]*;/g, () => ';'),
  },
  {
    name: 'a minimum alignment of a sector',
    rule: { driver: 'min-align-mask-missing' },
    mutate: onArgument('dma_set_min_align_mask', 1, () => '511'),
  },
  {
    name: 'a mapping is not tested',
    rule: { driver: 'mapping-error-unchecked', pci: 'mapping-error-unchecked' },
    mutate: (sample) => replaceMatches(sample, /\bdma_mapping_error\([^)]*\)/g, () => '0'),
  },
  {
    name: 'read without a sync',
    rule: { pci: 'sync-missing' },
    mutate: (sample) => replaceMatches(sample, /dma_sync_single_for_cpu\([^;]*;/g, () => ';'),
  },
  {
    name: 'read before the unmap',
    rule: { pci: 'sync-missing' },
    mutate: (sample) =>
      replaceMatches(
        sample,
        /(dma_unmap_single\([^;]*;)(\s*)(memcpy\([^;]*;)/g,
        ([, unmap = '', space = '', copy = '']) => [copy, space, unmap].join(''),
      ),
  },
  {
    name: 'sharing is not tested',
    rule: { memory: 'decrypt-unchecked' },
    mutate: (sample) => unchecked(sample, 'set_memory_decrypted'),
  },
  {
    name: 'taking back is not tested',
    rule: { memory: 'reencrypt-unchecked' },
    mutate: (sample) => unchecked(sample, 'set_memory_encrypted'),
  },
  {
    name: 'shared though the flag says private',
    rule: { memory: 'decrypted-external-memory' },
    mutate: (sample) => replaceMatches(sample, /!channel->co_external_memory/g, () => 'true'),
  },
  {
    name: "shared under the ring's flag",
    rule: { memory: 'decrypted-external-memory' },
    mutate: (sample) => replaceMatches(sample, /!channel->co_external_memory/g, () => '!channel->co_ring_buffer'),
  },
  {
    name: 'no place for the mask',
    rule: { bus: 'dma-mask-unset' },
    // a device that was made elsewhere may have been given one there
    mutate: (sample) =>
      /\bkzalloc\(/.test(sample.text) ? replaceMatches(sample, /[\w>.-]+dma_mask = &[^;]*;/g, () => ';') : [],
  },
  {
    name: 'freed and not put',
    rule: { bus: 'freed-after-initialize' },
    mutate: (sample) => replaceMatches(sample, /put_device\(&hdev->device\)/g, () => 'kfree(hdev)'),
  },
];
