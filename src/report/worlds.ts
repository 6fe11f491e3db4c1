/** Worlds that share all but one part of their names. */
interface Names {
  readonly platforms: readonly string[];
  readonly modes: readonly string[];
  /** What the device is in that world; empty where the scenario alone makes it. */
  readonly kinds: readonly string[];
}

function split(name: string): Names {
  const [, platform = name, mode = '', kind = ''] = /^([^/]+)\/(\S+)(?: (.*))?$/.exec(name) ?? [];
  return { platforms: [platform], modes: [mode], kinds: [kind] };
}

/** Joins names that differ in one part only, in the order in which they come. */
function joinBy(part: keyof Names, names: readonly Names[]): Names[] {
  const others = (Object.keys(names[0] ?? {}) as (keyof Names)[]).filter((key) => key !== part);
  const groups = new Map<string, Names>();
  for (const name of names) {
    const key = JSON.stringify(others.map((other) => name[other]));
    const group = groups.get(key);
    groups.set(key, group ? { ...group, [part]: [...group[part], ...name[part]] } : name);
  }
  return [...groups.values()];
}

const braced = (parts: readonly string[]): string => (parts.length === 1 ? (parts[0] ?? '') : `{${parts.join(',')}}`);

/** Names a set of worlds briefly, as a shell would expand it: `{snp-vtom,tdx}/{default,force} confidential`. */
export function worldNames(names: readonly string[]): string {
  const joined = joinBy('kinds', joinBy('platforms', joinBy('modes', names.map(split))));
  const shown = joined.map(({ platforms, modes, kinds }) => {
    const kind = kinds.filter((each) => each !== '').join(' or ');
    return `${braced(platforms)}${modes[0] === '' ? '' : `/${braced(modes)}`}${kind === '' ? '' : ` ${kind}`}`;
  });
  return shown.join(', ');
}
