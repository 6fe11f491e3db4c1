import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { candidateTokens, ruleLevels } from '../../src/engine';
import { busTypes } from '../../src/kernel/trust';
import { mayMatter, namedBuses, serverCommands } from '../../src/protocol';
import { commandIds } from '../../client/command-ids';
import {
  expectedConfiguration,
  expectedProjectSchema,
  expectedValidation,
  projectSchemaFile,
  readManifest,
  root,
  rulePages,
} from './expected';

const manifest = readManifest();
const { contributes } = manifest;

describe('manifest', () => {
  it('contributes the settings that the server reads', () => {
    assert.deepEqual(
      contributes.configuration,
      expectedConfiguration(),
      'to write it: npx tsx test/manifest/update.ts',
    );
  });

  it('contributes a schema of the project file that says what the reader takes', () => {
    const shipped = JSON.parse(readFileSync(path.join(root, projectSchemaFile), 'utf8')) as object;
    assert.deepEqual(shipped, expectedProjectSchema(), 'to write it: npx tsx test/manifest/update.ts');
    assert.deepEqual(contributes.jsonValidation, expectedValidation);
  });

  it('lets a trust predicate name every bus that the engine knows, but VMBus', () => {
    const known = busTypes.map(({ bus }) => bus).filter((bus) => bus !== 'vmbus');
    assert.deepEqual([...namedBuses].sort(), known.sort());
  });

  it('contributes every command of the client, under one category, and none else', () => {
    assert.deepEqual(contributes.commands.map(({ command }) => command).sort(), Object.values(commandIds).sort());
    for (const { title, category } of contributes.commands) {
      assert.equal(category, 'CoCo DMA');
      assert.match(title, /^[A-Z]/);
    }
  });

  it('keeps commands that are about a C file out of the palette elsewhere', () => {
    const hidden = contributes.menus.commandPalette.map(({ command }) => command).sort();
    const aboutFile = [commandIds.checkFile, commandIds.simulateDevice, commandIds.simulateFile];
    assert.deepEqual(hidden, aboutFile.sort());
    for (const { when } of contributes.menus.commandPalette) assert.match(when, /editorLangId/);
  });

  it('names no command of the server as its own: those are registered by the language client', () => {
    const own: readonly string[] = Object.values(commandIds);
    for (const command of Object.values(serverCommands)) assert.ok(!own.includes(command));
  });

  it('has a page for every rule, and no page without a rule', () => {
    assert.deepEqual(rulePages().sort(), [...ruleLevels.keys()].sort());
  });

  it('asks for the VS Code whose types it is compiled against', () => {
    assert.equal(manifest.engines.vscode, `^${manifest.devDependencies['@types/vscode']}`);
  });

  it('says what it is, and what it does in a workspace nobody vouches for', () => {
    assert.deepEqual(manifest.activationEvents, ['onLanguage:c', 'onLanguage:cpp']);
    assert.equal(manifest.capabilities.untrustedWorkspaces.supported, true);
    assert.equal(manifest.capabilities.virtualWorkspaces.supported, 'limited');
    assert.match(manifest.capabilities.virtualWorkspaces.description, /header/);
    assert.ok(manifest.categories.includes('Linters'));
    assert.ok(existsSync(path.join(root, manifest.icon)));
  });

  it('ships what it opens', () => {
    const kept = readFileSync(path.join(root, '.vscodeignore'), 'utf8').split('\n');
    for (const wanted of [
      '!docs/rules/*.md',
      '!dist/*.js',
      '!dist/*.wasm',
      `!${projectSchemaFile}`,
      '!LICENSE',
      `!${manifest.icon}`,
    ]) {
      assert.ok(kept.includes(wanted), wanted);
    }
    assert.equal(kept[0], '**', 'nothing else, and no native module');
    assert.ok(!kept.some((line) => /^!.*(?:node_modules|\.node\b)/.test(line)));
  });

  it('starts its server for every file that the engine would look at', () => {
    for (const token of candidateTokens) assert.ok(mayMatter(`x = ${token}(y);`), token);
    assert.ok(!mayMatter('int main(void) { return puts("hello"); }'));
  });
});
