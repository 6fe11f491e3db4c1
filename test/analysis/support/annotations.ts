import { isKernelVersion } from '../../../src/kernel/versions';
import type { KernelVersion } from '../../../src/kernel/versions';
import { levels } from '../../../src/review/types';
import type { RuleFacts } from '../../../src/review';
import type { DeviceVerdict, Level, PoolSummary, Tier } from '../../../src/review/types';
import { catalogue } from './catalogue';

/** Where an annotation points: 1-based, columns in UTF-16 units of the code line. */
export interface Mark {
  readonly line: number;
  readonly column: number;
  /** One past the last caret. */
  readonly endColumn: number;
  /** The range must end where the carets do. */
  readonly exact: boolean;
}

export interface ExpectedFinding extends Mark {
  readonly rule: string;
  readonly level: Level;
  readonly tier?: Tier;
  /** Kernels that this expectation is for; absent = every run. */
  readonly kernels?: readonly KernelVersion[];
  readonly bytes?: number;
  readonly scenario?: string;
  /** Where the code decides, `none` for findings that are about no such decision. */
  readonly layer?: string;
  /** The kernel that rejects what the code rests on, `none` where it rests on nothing of that kind. */
  readonly depends?: string;
  /** Text that must occur in one of the conditions. */
  readonly when: readonly string[];
  readonly messages: readonly string[];
}

export interface ExpectedNote extends Mark {
  readonly kind: 'related' | 'evidence';
  readonly rule?: string;
  readonly order?: number;
  readonly kernels?: readonly KernelVersion[];
  readonly messages: readonly string[];
}

export interface ExpectedDevice {
  readonly line: number;
  readonly expression: string;
  readonly verdict: DeviceVerdict;
  readonly pool?: PoolSummary;
  readonly registration?: string;
  readonly bus?: string;
  readonly streamingMask?: number;
  readonly coherentMask?: number;
  readonly depends?: string;
  readonly kernels?: readonly KernelVersion[];
}

/** One run of a fixture: what is expected there of the findings listed. */
export interface Run {
  readonly kernel: KernelVersion;
  /** 'all' listed findings, or only those of these rules. */
  readonly only: 'all' | readonly string[];
}

export interface Annotations {
  readonly runs: readonly Run[];
  readonly with: readonly string[];
  /** Identifiers that the renaming test leaves alone. */
  readonly keep: readonly string[];
  /** The kernel's configuration as a `.config`, where the fixture has one. */
  readonly kconfig?: string | undefined;
  /** False for a file that takes part in the runs of others only. */
  readonly standalone: boolean;
  readonly findings: readonly ExpectedFinding[];
  readonly notes: readonly ExpectedNote[];
  readonly devices: readonly ExpectedDevice[];
}

/** A mistake in a fixture's annotations; without it a typo would be a test that checks nothing. */
export class AnnotationError extends Error {
  constructor(file: string, line: number, problem: string) {
    super(`${file}:${line}: ${problem}`);
    // the place that matters is in the fixture: test reports print this sentence and no stack
    this.stack = this.message;
  }
}

const tiers: readonly Tier[] = ['certain', 'likely'];
const tabWidth = 8;

/** The column of each visual position of a line: tabs go to the next multiple of eight, as in kernel style. */
function visualColumns(line: string): number[] {
  const columns: number[] = [];
  for (let i = 0; i < line.length; i++) {
    const width = line[i] === '\t' ? tabWidth - (columns.length % tabWidth) : 1;
    for (let k = 0; k < width; k++) columns.push(i + 1);
  }
  return columns;
}

function visualLength(text: string): number {
  return visualColumns(text).length;
}

interface Words {
  readonly plain: string[];
  readonly quoted: string[];
  readonly options: Map<string, string>;
}

function words(text: string): Words {
  const result: Words = { plain: [], quoted: [], options: new Map() };
  for (const match of text.matchAll(/(?:(\w+)=)?(?:"([^"]*)"|(\S+))/g)) {
    const [, key, quoted, bare] = match;
    const value = quoted ?? bare ?? '';
    if (key !== undefined && quoted !== undefined) result.options.set(`${key} ${result.options.size}`, value);
    else if (key !== undefined) result.options.set(key, value);
    else if (quoted !== undefined) result.quoted.push(value);
    else result.plain.push(value);
  }
  return result;
}

class Reader {
  readonly findings: ExpectedFinding[] = [];
  readonly notes: ExpectedNote[] = [];
  readonly devices: ExpectedDevice[] = [];
  readonly with: string[] = [];
  readonly keep: string[] = [];
  readonly overrides = new Map<KernelVersion, readonly string[]>();
  kernels: KernelVersion[] = [];
  kconfig: string | undefined;
  standalone = true;
  private codeLine = 0;
  private code = '';

  constructor(
    private readonly file: string,
    private readonly text: string,
  ) {}

  read(): Annotations {
    this.text.split('\n').forEach((raw, index) => {
      const line = raw.replace(/\r$/, '');
      if (/^\/\/(?! SPDX)/.test(line)) this.comment(line, index + 1);
      else [this.code, this.codeLine] = [line, index + 1];
    });
    const listed: KernelVersion[] = this.kernels.length ? this.kernels : ['7.1'];
    const runs = [...new Set([...listed, ...this.overrides.keys()])].map((kernel) => ({
      kernel,
      only: this.overrides.get(kernel) ?? ('all' as const),
    }));
    const { with: parts, keep, kconfig, standalone, findings, notes, devices } = this;
    return { runs, with: parts, keep, kconfig, standalone, findings, notes, devices };
  }

  private fail(line: number, problem: string): never {
    throw new AnnotationError(this.file, line, problem);
  }

  private ruleOf(id: string, line: number): RuleFacts {
    return catalogue.get(id) ?? this.fail(line, `there is no rule '${id}' that reports findings in C files`);
  }

  private comment(comment: string, line: number): void {
    const carets = /^\/\/(\s*)(\^+)(=?)\s+(.*)$/.exec(comment);
    if (carets) {
      const [, layout = '', marks = '', equals, rest = ''] = carets;
      const start = visualLength(`//${layout}`);
      return this.expectation(this.markAt(line, start, marks.length, equals === '='), rest, line);
    }
    const at = /^\/\/ @(\d+)(?:-(\d+))?\s+(.*)$/.exec(comment);
    if (at) {
      const [, from = '', to, rest = ''] = at;
      const column = Number(from);
      const mark = {
        line: this.codeLine,
        column,
        endColumn: to ? Number(to) + 1 : column + 1,
        exact: to !== undefined,
      };
      if (column < 1 || mark.endColumn - 1 > this.code.length) this.fail(line, 'the columns are beyond the code line');
      return this.expectation(mark, rest, line);
    }
    const directive = /^\/\/ (kernel|config|with|keep|part|device)(?: ([\w.]+))?:\s*(.*?)\s*$/.exec(comment);
    if (directive) return this.directive(directive[1] ?? '', directive[2], directive[3] ?? '', line);
    this.fail(line, `not an annotation: ${comment}`);
  }

  private markAt(line: number, start: number, width: number, exact: boolean): Mark {
    const columns = visualColumns(this.code);
    const column = columns[start];
    const last = columns[start + width - 1];
    if (column === undefined || last === undefined) this.fail(line, 'the carets point beyond the code line');
    if (/\s/.test(this.code[column - 1] ?? ' ')) this.fail(line, 'the carets start at white space');
    return { line: this.codeLine, column, endColumn: last + 1, exact };
  }

  private expectation(mark: Mark, text: string, line: number): void {
    const { plain, quoted, options } = words(text);
    const [head = '', ...tags] = plain;
    const kernels = this.kernelList(options.get('kernel'), line);
    if (head === 'related' || head === 'evidence') {
      const order = tags.find((tag) => /^\d+$/.test(tag));
      const named = tags.find((tag) => tag !== order);
      const rule = named === undefined ? undefined : this.ruleOf(named, line).id;
      const number = order === undefined ? undefined : Number(order);
      this.notes.push({ ...mark, kind: head, rule, order: number, kernels, messages: quoted });
      return;
    }
    const usual = this.ruleOf(head, line).level;
    const tier = tiers.find((name) => tags.includes(name));
    const level = levels.find((name) => tags.includes(name)) ?? (tier === 'likely' ? 'hint' : usual);
    const stray = tags.find((tag) => tag !== tier && !levels.some((name) => name === tag));
    if (stray !== undefined) this.fail(line, `what is '${stray}'?`);
    const bytes = options.get('bytes');
    const when = [...options].filter(([key]) => key.startsWith('when')).map(([, value]) => value);
    const scenario = options.get('scenario');
    const known = [...options.keys()].every((key) => /^(bytes|scenario|layer|depends|kernel|when( \d+)?)$/.test(key));
    if (!known) this.fail(line, 'the options are bytes=, scenario=, layer=, depends=, kernel= and when=');
    this.findings.push({
      ...mark,
      rule: head,
      level,
      tier,
      kernels,
      bytes: bytes === undefined ? undefined : Number(bytes),
      scenario,
      layer: options.get('layer'),
      depends: options.get('depends'),
      when,
      messages: quoted,
    });
  }

  private kernelList(text: string | undefined, line: number): KernelVersion[] | undefined {
    return text
      ?.split(/,\s*/)
      .map((name) => (isKernelVersion(name) ? name : this.fail(line, `no such kernel: ${name}`)));
  }

  private directive(name: string, argument: string | undefined, value: string, line: number): void {
    if (name === 'kernel' && argument !== undefined) {
      const [kernel] = this.kernelList(argument, line) ?? [];
      const only = value === 'none' ? [] : /^only\s+(.*)$/.exec(value)?.[1]?.split(/,\s*/);
      if (!kernel || !only) this.fail(line, "write 'none' or 'only RULE, RULE'");
      for (const rule of only) this.ruleOf(rule, line);
      this.overrides.set(kernel, only);
    } else if (name === 'kernel') this.kernels.push(...(this.kernelList(value, line) ?? []));
    else if (name === 'config') this.kconfig = value.split(/,\s*/).join('\n');
    else if (name === 'with') this.with.push(...value.split(/,\s*/));
    else if (name === 'keep') this.keep.push(...value.split(/,\s*/));
    else if (name === 'part') this.standalone = false;
    else this.device(value, line);
  }

  private device(value: string, line: number): void {
    const verdicts = ['exposed', 'protected', 'broken', 'not-confidential', 'unknown'] as const;
    const pools = ['default', 'null', 'restricted', 'conditional', 'unknown'] as const;
    const { plain, options } = words(value);
    const [expression = '', word = ''] = plain;
    const verdict = verdicts.find((name) => name === word);
    const poolName = options.get('pool');
    const pool = pools.find((name) => name === poolName);
    if (!expression || !verdict || (poolName !== undefined && !pool)) {
      this.fail(line, `write 'EXPRESSION ${verdicts.join('|')} [pool=${pools.join('|')}] …'`);
    }
    const number = (key: string) => (options.has(key) ? Number(options.get(key)) : undefined);
    this.devices.push({
      line,
      expression,
      verdict,
      pool,
      registration: options.get('registration'),
      bus: options.get('bus'),
      streamingMask: number('mask'),
      coherentMask: number('coherent'),
      depends: options.get('depends'),
      kernels: this.kernelList(options.get('kernel'), line),
    });
  }
}

/** Reads the annotations of a fixture. Throws AnnotationError on anything it does not understand. */
export function readAnnotations(file: string, text: string): Annotations {
  return new Reader(file, text).read();
}
