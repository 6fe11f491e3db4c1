import { commands, languages, window, type Disposable, type Position, type Uri } from 'vscode';
import type { LanguageClient } from 'vscode-languageclient/node';
import { serverCommands, type Reply, type RuleReply } from '../src/protocol';
import { commandIds } from './command-ids';
import type { Pages } from './pages';

/** The objects that commands use. The server starts on first use. */
export interface CommandContext {
  readonly pages: Pages;
  server(): Promise<LanguageClient>;
}

async function ask<Result extends Reply>(
  { server }: CommandContext,
  command: string,
  args: readonly unknown[],
): Promise<Result> {
  const client = await server();
  return client.sendRequest<Result>('workspace/executeCommand', { command, arguments: args });
}

async function showReply({ pages }: CommandContext, { found, title, markdown }: Reply, prefix: string): Promise<void> {
  if (found) await pages.show(`${prefix}${title}`, markdown);
  else void window.showInformationMessage(markdown);
}

/** The document and position of a command: from a link, else from the active editor. */
function target(uri: unknown, position: unknown): { uri: string; position: unknown } | null {
  if (typeof uri === 'string') return { uri, position };
  const editor = window.activeTextEditor;
  if (!editor) {
    void window.showInformationMessage('Open a C file first.');
    return null;
  }
  const { line, character }: Position = editor.selection.active;
  return { uri: editor.document.uri.toString(), position: { line, character } };
}

async function simulateDevice(context: CommandContext, uri: unknown, position: unknown): Promise<void> {
  const at = target(uri, position);
  if (!at) return;
  await showReply(context, await ask(context, serverCommands.simulateDevice, [at.uri, at.position]), 'Simulation of ');
}

async function simulateFile(context: CommandContext, uri: unknown): Promise<void> {
  const named = typeof uri === 'object' && uri !== null ? (uri as Uri).toString() : uri;
  const at = target(named, null);
  if (at) await showReply(context, await ask(context, serverCommands.simulateFile, [at.uri]), 'Simulation of ');
}

async function checkFile(context: CommandContext): Promise<void> {
  const at = target(undefined, null);
  if (!at) return;
  const { found, markdown } = await ask<Reply>(context, serverCommands.checkFile, [at.uri]);
  if (!found) void window.showInformationMessage(markdown);
}

/** The rules of the findings at the cursor. */
function rulesHere(): string[] {
  const editor = window.activeTextEditor;
  if (!editor) return [];
  const here = languages
    .getDiagnostics(editor.document.uri)
    .filter(({ source, range }) => source === 'coco-dma' && range.intersection(editor.selection) !== undefined);
  return here.flatMap(({ code }) => {
    const id = typeof code === 'object' ? code.value : code;
    return id === undefined ? [] : [String(id)];
  });
}

async function chooseRule(context: CommandContext): Promise<string | undefined> {
  const here = rulesHere();
  if (here.length === 1) return here[0];
  const { data } = await ask<RuleReply>(context, serverCommands.explainRule, []);
  const rules = here.length > 0 ? data.rules.filter(({ id }) => here.includes(id)) : data.rules;
  const items = rules.map(({ id, level, summary }) => ({ label: id, description: level, detail: summary }));
  return (await window.showQuickPick(items, { placeHolder: 'Select a rule to explain', matchOnDetail: true }))?.label;
}

async function explainRule(context: CommandContext, id: unknown): Promise<void> {
  const rule = typeof id === 'string' ? id : await chooseRule(context);
  if (rule !== undefined) await showReply(context, await ask(context, serverCommands.explainRule, [rule]), 'Rule ');
}

/** Runs a command and shows an error as one message. */
function guarded(run: (...args: readonly unknown[]) => Promise<void>): (...args: unknown[]) => Promise<void> {
  return async (...args) => {
    try {
      await run(...args);
    } catch (error) {
      void window.showErrorMessage(`CoCo DMA: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
}

/** Registers every command that package.json contributes. */
export function registerCommands(context: CommandContext): Disposable[] {
  const runs: Readonly<Record<keyof typeof commandIds, (...args: readonly unknown[]) => Promise<void>>> = {
    simulateDevice: (uri, position) => simulateDevice(context, uri, position),
    simulateFile: (uri) => simulateFile(context, uri),
    explainRule: (id) => explainRule(context, id),
    checkFile: () => checkFile(context),
    restartServer: async () => (await context.server()).restart(),
    showOutput: async () => (await context.server()).outputChannel.show(true),
  };
  return Object.entries(runs).map(([name, run]) =>
    commands.registerCommand(commandIds[name as keyof typeof commandIds], guarded(run)),
  );
}
