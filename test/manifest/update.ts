/**
 * `npx tsx test/manifest/update.ts`: writes `contributes.configuration` and `jsonValidation` of package.json and the schema
 * of coco-dma.json from src/protocol/settings.ts.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { format } from 'prettier';
import { expectedConfiguration, expectedProjectSchema, expectedValidation, projectSchemaFile, root } from './expected';

async function write(name: string, value: object, parser: string): Promise<void> {
  const file = path.join(root, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, await format(JSON.stringify(value, null, 2), { parser, printWidth: 120 }));
}

async function update(): Promise<void> {
  const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { contributes?: object };
  const ours = { configuration: expectedConfiguration(), jsonValidation: expectedValidation };
  await write('package.json', { ...manifest, contributes: { ...manifest.contributes, ...ours } }, 'json-stringify');
  await write(projectSchemaFile, expectedProjectSchema(), 'json');
}

void update();
