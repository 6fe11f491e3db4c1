import { failureText, readSource } from '../host';
import { mergeSarif, sarifRuns } from '../report';
import type { Arguments } from './options';
import { emit, noInputFiles, refuse, type ExitCode } from './terminal';

/** `coco-dma merge SARIF…`: merges the logs of shards into one. */
export function merge(args: Arguments): ExitCode {
  const usage = 'usage: coco-dma merge SARIF… (coco-dma merge --help)';
  if (args.positionals.length === 0) return refuse({ problem: noInputFiles }, usage);
  const runs: Readonly<Record<string, unknown>>[] = [];
  for (const file of args.positionals) {
    const source = readSource(file, Infinity);
    if ('failure' in source)
      return refuse({ problem: `${file}: ${failureText(source.failure, 'a SARIF log')}` }, usage);
    const read = sarifRuns(source.text);
    if ('problem' in read) return refuse({ problem: `${file}: ${read.problem}` }, usage);
    runs.push(...read.runs);
  }
  return emit(mergeSarif(runs), args.value('output')) ? 0 : 2;
}
