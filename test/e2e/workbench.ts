/** A running workbench with the packaged extension in it, and a browser that looks at it. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setInterval } from 'node:timers/promises';
import { promisify } from 'node:util';
import { chromium, type Browser, type Page } from 'playwright-core';
import { ensureWorkbench, type Workbench } from './install';

const execute = promisify(execFile);
const root = path.resolve(__dirname, '../..');

/**
 * Nothing may pop up, suggest, or reformat what a test types. To see that the tests would notice a silent extension:
 * `E2E_SETTINGS='{"cocoDma.rules":{"swiotlb-reachable":"off"}}' npm run test:e2e` fails.
 */
const userSettings = {
  'cocoDma.kernel': '7.1',
  'workbench.startupEditor': 'none',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.colorTheme': 'Default Dark Modern',
  'chat.disableAIFeatures': true,
  'extensions.autoCheckUpdates': false,
  'security.workspace.trust.enabled': false,
  'telemetry.telemetryLevel': 'off',
  'editor.minimap.enabled': false,
  'editor.hover.delay': 100,
  'editor.autoClosingBrackets': 'never',
  'editor.autoIndent': 'none',
  'editor.quickSuggestions': { other: 'off', comments: 'off', strings: 'off' },
  'editor.suggestOnTriggerCharacters': false,
  'editor.stickyScroll.enabled': false,
  'editor.occurrencesHighlight': 'off',
  'editor.tabSize': 8,
  'files.autoSave': 'off',
  'window.restoreWindows': 'none',
};

const browserFlags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Milliseconds after which what does not come about is taken to hang, on however slow a machine. */
const patience = 300_000;

/** Waits until something is so, looking again and again. */
export async function until<Found>(what: string, look: () => Promise<Found | null> | Found | null): Promise<Found> {
  const end = performance.now() + patience;
  for await (const _ of setInterval(50)) {
    const found = await look();
    if (found !== null) return found;
    if (performance.now() > end) break;
  }
  throw new Error(`never came about: ${what}`);
}

/** This machine, and the name under which the service worker of a web view hands out the workbench's own files. */
const home = /^(127\.0\.0\.1|localhost|.*\.localhost|.*\.vscode-resource\.vscode-cdn\.net)$/;

/** A window, and the settings of its workspace. */
export interface Window {
  readonly page: Page;
  configure(settings: object): void;
}

export interface Running {
  readonly folder: string;
  /** Opens a file of a copy of the samples, in a window of its own. */
  open(file: string): Promise<Window>;
  /** Process ids of the extension's language servers. */
  servers(): number[];
  /** Addresses outside this machine that the browser asked for. */
  readonly strangers: readonly string[];
  stop(): Promise<void>;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

async function packageExtension(): Promise<string> {
  await execute('npm', ['run', '--silent', 'package'], { cwd: root });
  const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string };
  return path.join(root, `coco-dma-${version}.vsix`);
}

/** Installs the extension as a person would, from the file. */
async function install({ node, entry }: Workbench, folder: string, env: NodeJS.ProcessEnv): Promise<string[]> {
  const places = ['--user-data-dir', path.join(folder, 'data'), '--extensions-dir', path.join(folder, 'extensions')];
  mkdirSync(path.join(folder, 'data/User'), { recursive: true });
  const settings = { ...userSettings, ...(JSON.parse(process.env['E2E_SETTINGS'] ?? '{}') as object) };
  writeFileSync(path.join(folder, 'data/User/settings.json'), JSON.stringify(settings));
  await execute(node, [entry, ...places, '--install-extension', await packageExtension()], { env });
  return places;
}

async function serve(
  { node, entry }: Workbench,
  places: readonly string[],
  port: number,
  env: NodeJS.ProcessEnv,
): Promise<ChildProcess> {
  const quiet = ['--disable-telemetry', '--disable-update-check', '--disable-workspace-trust'];
  const args = [entry, '--auth', 'none', '--bind-addr', `127.0.0.1:${port}`, ...quiet, ...places];
  const child = spawn(node, [...args, '--disable-getting-started-override'], { env, stdio: 'ignore' });
  await until('the workbench answers', () =>
    fetch(`http://127.0.0.1:${port}/healthz`).then(
      () => true,
      () => null,
    ),
  );
  return child;
}

/** Processes that run a file below a folder. */
function processesBelow(folder: string, name: string): number[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => {
      try {
        const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
        return words.some((word) => word.startsWith(folder) && word.endsWith(name));
      } catch {
        return false;
      }
    });
}

/** Starts code-server with the extension, and a browser. */
export async function startWorkbench(): Promise<Running> {
  const workbench = await ensureWorkbench();
  const folder = mkdtempSync(path.join(tmpdir(), 'coco-dma-e2e-'));
  const env = { ...process.env, HOME: folder, EXTENSIONS_GALLERY: '{"serviceUrl":"http://127.0.0.1:9/"}' };
  const port = await freePort();
  const server = await serve(workbench, await install(workbench, folder, env), port, env);
  const browser: Browser = await chromium.launch({
    executablePath: workbench.chromium,
    args: browserFlags,
    timeout: patience,
  });
  const strangers: string[] = [];
  let windows = 0;
  return {
    folder,
    strangers,
    async open(file) {
      const tree = path.join(folder, `window-${++windows}`, 'samples');
      cpSync(path.join(root, 'samples'), tree, { recursive: true });
      mkdirSync(path.join(tree, '.vscode'));
      const configure = (settings: object): void =>
        writeFileSync(path.join(tree, '.vscode/settings.json'), JSON.stringify(settings));
      configure({});
      const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
      page.setDefaultTimeout(patience);
      page.on('request', (request) => {
        const { hostname, protocol } = new URL(request.url());
        if (/^(http|ws)/.test(protocol) && !home.test(hostname)) strangers.push(request.url());
      });
      const openFile = JSON.stringify([['openFile', `vscode-remote://127.0.0.1:${port}${path.join(tree, file)}`]]);
      const query = new URLSearchParams({ folder: tree, payload: openFile });
      await page.goto(`http://127.0.0.1:${port}/?${query.toString()}`);
      return { page, configure };
    },
    servers: () => processesBelow(path.join(folder, 'extensions'), 'server.js'),
    async stop() {
      await browser.close();
      const ended = once(server, 'exit');
      server.kill();
      await ended;
      rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
    },
  };
}
