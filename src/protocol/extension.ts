/** The settings `trust` and `models`: user-defined functions and flags that coco-dma does not know. */

/** Possible effects of a user-defined function on a device. */
const modelEffects = ['initialize', 'add', 'register', 'unregister', 'map', 'unmap', 'alloc', 'free'] as const;

/** Buses that `bus` of a trust predicate may name; VMBus has its own predicate. */
export const namedBuses = ['pci', 'platform', 'usb', 'virtio', 'scsi', 'amba'] as const;

/** A user-defined bus: the structure that contains its devices, and the folders of its code and drivers in the tree. */
export interface BusSetting {
  readonly name: string;
  readonly struct: string;
  readonly device: string;
  readonly home?: string;
  readonly drivers?: readonly string[];
}

interface OfBus {
  readonly bus?: (typeof namedBuses)[number] | BusSetting;
}

/** An entry of `trust`: a function, or a member of a structure, that says whether a device may access private memory. */
export type TrustSetting = OfBus &
  (
    | { readonly function: string; readonly argument?: number; readonly device?: string }
    | { readonly struct: string; readonly path?: readonly string[]; readonly member: string; readonly device: string }
  );

/** An entry of `models`: the effect of a function on the device that an argument names. */
export interface ModelSetting {
  readonly function: string;
  readonly effect: (typeof modelEffects)[number];
  readonly argument?: number;
  readonly path?: readonly string[];
  readonly device?: string;
  readonly size?: number;
}

type Fields = Readonly<Record<string, object>>;

const name = { type: 'string', pattern: '^[A-Za-z_]\\w*$' };
const index = { type: 'integer', minimum: 0 };

/** The members of an entry, and which are required. */
interface Shape {
  readonly required: readonly string[];
  readonly fields: Fields;
}

const names = { type: 'array', items: name };
const struct = { type: 'string', pattern: '^struct [A-Za-z_]\\w*$' };
/** A folder in the tree, relative to its root. */
const folder = { type: 'string', pattern: '^[^/\\\\.][^\\\\]*$' };
const busName = { type: 'string', pattern: `^(?!(?:vmbus|${namedBuses.join('|')})$)[A-Za-z_]\\w*$` };

const busShape: Shape = {
  required: ['name', 'struct', 'device'],
  fields: { name: busName, struct, device: name, home: folder, drivers: { type: 'array', items: folder } },
};
const itemSchema = ({ required, fields }: Shape): object => ({
  type: 'object',
  required,
  additionalProperties: false,
  properties: fields,
});

const bus = { anyOf: [{ enum: namedBuses }, itemSchema(busShape)] };
const functionShape: Shape = {
  required: ['function'],
  fields: { function: name, argument: index, device: name, bus },
};
const memberShape: Shape = {
  required: ['struct', 'member', 'device'],
  fields: { struct, path: names, member: name, device: name, bus },
};
const modelShape: Shape = {
  required: ['function', 'effect'],
  fields: {
    function: name,
    effect: { enum: modelEffects },
    argument: index,
    path: names,
    device: name,
    size: index,
  },
};

/** The schemas of both settings. */
export const extensionSchemas = {
  trust: {
    type: 'array',
    default: [],
    items: { anyOf: [itemSchema(functionShape), itemSchema(memberShape)] },
    markdownDescription:
      'Additional trust predicates: functions, or members of structures, that say whether a device may access private memory.',
  },
  models: {
    type: 'array',
    default: [],
    items: itemSchema(modelShape),
    markdownDescription: 'Additional API functions: the effect of each on the device that an argument names.',
  },
} as const;

type Report = (what: string, below?: string) => void;

/** True if a value matches the schema of its field. */
function fits(value: unknown, schema: object): boolean {
  if (schema === bus)
    return (namedBuses as readonly unknown[]).includes(value) || readEntry(value, busShape, () => undefined);
  if ('enum' in schema) return (schema.enum as readonly unknown[]).includes(value);
  if ('items' in schema) return Array.isArray(value) && value.every((each) => fits(each, schema.items as object));
  if ('pattern' in schema) return typeof value === 'string' && new RegExp(String(schema.pattern)).test(value);
  return typeof value === 'number' && Number.isInteger(value) && value >= 0;
}

function readEntry(value: unknown, { required, fields }: Shape, report: (what: string) => void): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    report(`must be an object with ${required.join(', ')}`);
    return false;
  }
  const entries = Object.entries(value);
  const missing = required.filter((key) => !Object.hasOwn(value, key));
  const unknown = entries.map(([key]) => key).filter((key) => !Object.hasOwn(fields, key));
  const wrong = entries.filter(([key, each]) => fields[key] && !fits(each, fields[key]));
  for (const key of missing) report(`is missing '${key}'`);
  for (const key of unknown) report(`has unknown member '${key}'; allowed are ${Object.keys(fields).join(', ')}`);
  for (const [key, each] of wrong) {
    const described = fields[key] === bus && typeof each === 'object';
    if (described) readEntry(each, busShape, (what) => report(`'${key}' ${what}`));
    else report(`'${key}' must not be ${JSON.stringify(each)}`);
  }
  return missing.length + unknown.length + wrong.length === 0;
}

function readList<Entry>(
  value: unknown,
  shapeOf: (entry: unknown) => Shape,
  report: Report,
): readonly Entry[] | undefined {
  if (!Array.isArray(value)) {
    report('must be a list');
    return undefined;
  }
  const good = value.filter((entry: unknown, at) =>
    readEntry(entry, shapeOf(entry), (what) => report(what, String(at))),
  );
  return good as readonly Entry[];
}

/** Reads `trust`; invalid entries are reported and left out. */
export function readTrust(value: unknown, report: Report): readonly TrustSetting[] | undefined {
  const isMember = (entry: unknown): boolean => typeof entry === 'object' && entry !== null && 'member' in entry;
  return readList(value, (entry) => (isMember(entry) ? memberShape : functionShape), report);
}

/** Reads `models`; invalid entries are reported and left out. */
export function readModels(value: unknown, report: Report): readonly ModelSetting[] | undefined {
  return readList(value, () => modelShape, report);
}
