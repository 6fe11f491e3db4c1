/** `npx tsx test/manifest/update.ts`: writes `contributes.configuration` of package.json from src/protocol/settings.ts. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { format } from 'prettier';
import { expectedConfiguration, root } from './expected';

async function update(): Promise<void> {
  const file = path.join(root, 'package.json');
  const manifest = JSON.parse(readFileSync(file, 'utf8')) as { contributes?: object };
  manifest.contributes = { ...manifest.contributes, configuration: expectedConfiguration() };
  writeFileSync(file, await format(JSON.stringify(manifest, null, 2), { parser: 'json-stringify', printWidth: 120 }));
}

void update();
