import { listed, platforms } from './wording';

/** Configurations that differ in one part of their names only. */
interface Names {
  readonly platforms: readonly string[];
  readonly settings: readonly string[];
  /** What kind of device runs there; empty where the scenario's name does not say. */
  readonly kinds: readonly string[];
}

function split(name: string): Names {
  const [, platform = name, setting = '', kind = ''] = /^([^/]+)\/(\S+)(?: (.*))?$/.exec(name) ?? [];
  return { platforms: [platform], settings: [setting], kinds: [kind] };
}

/** Joins names that differ in one part only, in the order of the names. */
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

/** Settings that are not a value of `swiotlb=`, as they follow "with". */
const settingWords: Readonly<Record<string, string>> = {
  storvsc: 'the storvsc driver',
  netvsc: 'the netvsc driver',
  iommu: 'the device behind an IOMMU',
  untrusted: 'the device behind an IOMMU on an untrusted port',
  'dynamic-full': 'a full SWIOTLB_DYNAMIC pool',
};

function settingText(settings: readonly string[]): string {
  const modes = settings.filter((setting) => settingWords[setting] === undefined);
  const others = listed(
    settings.flatMap((setting) => settingWords[setting] ?? []),
    'or',
  );
  const parts = [...(modes.length > 0 ? [`swiotlb=${listed(modes, 'or')}`] : []), ...(others === '' ? [] : [others])];
  return parts.join(', or ');
}

/** `confidential device`, `non-confidential or ring-only device`; empty where names do not say. */
function kindText(kinds: readonly string[]): string {
  const words = kinds.filter((kind) => kind !== '').map((kind) => kind.replace('not confidential', 'non-confidential'));
  return words.length === 0 ? '' : `${listed(words, 'or')} device`;
}

/** Names one configuration, so that `--scenario` can be given its first word: `snp-vtom/default (confidential device)`. */
export function configurationName(name: string): string {
  const [scenario = name, ...kind] = name.split(' ');
  const text = kindText([kind.join(' ')]);
  return text === '' ? scenario : `${scenario} (${text})`;
}

/** Names a set of configurations: `on SNP vTOM and TDX, with swiotlb=default or force (confidential device)`. */
export function configurationText(names: readonly string[]): string {
  const joined = joinBy('kinds', joinBy('platforms', joinBy('settings', names.map(split))));
  const texts = joined.map(({ platforms: on, settings, kinds }) => {
    // there are no confidential devices without memory encryption
    const kind = on.every((platform) => platform === 'none') ? '' : kindText(kinds);
    return `on ${platforms(on, 'and')}, with ${settingText(settings)}${kind === '' ? '' : ` (${kind})`}`;
  });
  return texts.join('; ');
}
