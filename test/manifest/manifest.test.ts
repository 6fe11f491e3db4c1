import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { candidateTokens } from '../../src/engine';
import { busTypes } from '../../src/kernel/trust';
import { mayMatter, namedBuses, serverCommands } from '../../src/protocol';
import { commandIds } from '../../client/command-ids';
import { derivedFiles, projectSchemaFile } from '../../scripts/lib/derived';

const root = path.resolve(__dirname, '../..');
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');

/** The parts of package.json that the extension rests on. */
interface Manifest {
  readonly icon: string;
  readonly engines: { readonly vscode: string };
  readonly activationEvents: readonly string[];
  readonly categories: readonly string[];
  readonly capabilities: {
    readonly untrustedWorkspaces: { readonly supported: boolean };
    readonly virtualWorkspaces: { readonly supported: string; readonly description: string };
  };
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly contributes: {
    readonly commands: readonly { readonly command: string; readonly title: string; readonly category: string }[];
    readonly menus: { readonly commandPalette: readonly { readonly command: string; readonly when: string }[] };
  };
}

const manifest = JSON.parse(read('package.json')) as Manifest;
const { contributes } = manifest;

describe('manifest', () => {
  it('is up to date with rules and settings, and so are the other generated files', async () => {
    for (const [file, text] of await derivedFiles(root)) {
      assert.equal(read(file), text, `${file} is out of date: run npm run generate`);
    }
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
    const kept = read('.vscodeignore').split('\n');
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
