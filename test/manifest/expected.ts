import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { kernelVersions, ruleLevels } from '../../src/engine';
import { configurationSchema, projectFileName, projectSchema, type Names } from '../../src/protocol';
import { pageSummary } from '../../src/report';

export const root = path.resolve(__dirname, '../..');

/** The parts of package.json that the extension rests on. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly main: string;
  readonly icon: string;
  readonly engines: { readonly vscode: string };
  readonly activationEvents: readonly string[];
  readonly categories: readonly string[];
  readonly keywords: readonly string[];
  readonly capabilities: {
    readonly untrustedWorkspaces: { readonly supported: boolean };
    readonly virtualWorkspaces: { readonly supported: string; readonly description: string };
  };
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly contributes: {
    readonly configuration: unknown;
    readonly jsonValidation: unknown;
    readonly commands: readonly { readonly command: string; readonly title: string; readonly category: string }[];
    readonly menus: { readonly commandPalette: readonly { readonly command: string; readonly when: string }[] };
  };
}

export const readManifest = (): Manifest =>
  JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as Manifest;

/** Ids of the rules that have a page. */
export const rulePages = (): string[] =>
  readdirSync(path.join(root, 'docs/rules'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => path.basename(name, '.md'));

function names(): Names {
  const rules = [...ruleLevels].map(([id, level]) => {
    const page = readFileSync(path.join(root, 'docs/rules', `${id}.md`), 'utf8');
    return { id, level, summary: pageSummary(page).summary };
  });
  return { kernels: kernelVersions, rules };
}

/** `contributes.configuration` as the settings' one source has it. */
export const expectedConfiguration = (): object => JSON.parse(JSON.stringify(configurationSchema(names()))) as object;

/** The schema of coco-dma.json, as it is shipped. */
export const projectSchemaFile = 'schemas/project.schema.json';

/** The schema of coco-dma.json as the settings' one source has it. */
export const expectedProjectSchema = (): object => JSON.parse(JSON.stringify(projectSchema(names()))) as object;

/** `contributes.jsonValidation`. */
export const expectedValidation = [{ fileMatch: projectFileName, url: `./${projectSchemaFile}` }];
