import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { editorReady, goTo, hoverAt, palette, previewText, seeSquiggles } from './editor-page';
import { startWorkbench, until, type Running, type Window } from './workbench';

const screenshots = path.resolve(__dirname, '../../docs/screenshots');

const failure = path.resolve(__dirname, '../../out/e2e-failure.png');

/** `UPDATE_SCREENSHOTS=1` takes the pictures of the documentation along the way. */
async function picture(page: Page, name: string): Promise<void> {
  if (!process.env['UPDATE_SCREENSHOTS']) return;
  mkdirSync(screenshots, { recursive: true });
  const look = (): Promise<Buffer> => page.screenshot({ animations: 'disabled', caret: 'hide' });
  // What fades in, or is laid out once more, is waited for: a picture is taken when it equals the one before.
  let last = await look();
  const still = await until('a still picture', async () => {
    const next = await look();
    const isStill = next.equals(last);
    last = next;
    return isStill ? next : null;
  });
  writeFileSync(path.join(screenshots, `${name}.png`), still);
}

const bus = 'drivers/hv/lab_bus.c';
const registration = 67;
/** How far into its line the call's name is. */
const inName = 'ret = de'.length;

describe('the packaged extension in a workbench', () => {
  let running: Running;
  let page: Page;
  let configure: Window['configure'];

  before(async () => {
    running = await startWorkbench();
    ({ page, configure } = await running.open(bus));
    await editorReady(page);
    // The side bar tells nothing here and takes room in the pictures.
    await page.locator('.explorer-folders-view').waitFor();
    await palette(page, 'View: Toggle Primary Side Bar Visibility');
  });

  afterEach(async function () {
    // What was on the screen says most of why.
    if (this.currentTest?.state === 'failed') await page.screenshot({ path: failure });
  });

  after(async () => {
    await running?.stop();
  });

  it('underlines the registration that exposes a device', async () => {
    await goTo(page, registration, inName);
    await seeSquiggles(page, [registration]);
  });

  it('explains the state of the pool in a hover', async () => {
    const { text, cells } = await hoverAt(page, registration, inName);
    await picture(page, 'diagnostic');
    assert.match(text, /dma_io_tlb_mem/);
    assert.match(cells.join(), /default pool/);
    assert.match(text, /Simulated in \d+ configurations/);
    await page.keyboard.press('Escape');
  });

  it('simulates the device at the cursor', async () => {
    await goTo(page, registration, inName);
    await palette(page, 'CoCo DMA: Simulate Device at Cursor');
    const text = await previewText(page, /Simulation|expose private data/);
    assert.match(text, /lab_bus\.c:67/);
    assert.match(text, /4096 private bytes readable by the host/);
    assert.match(text, /protected/);
    await picture(page, 'simulation');
    await page.keyboard.press('Control+w');
  });

  it('takes the squiggle away when the code is mended by typing', async () => {
    await goTo(page, registration, 0);
    await page.keyboard.press('Shift+End');
    const mended = [
      'device_initialize(&hdev->device);',
      '\tif (channel->co_external_memory)',
      '\t\thdev->device.dma_io_tlb_mem = NULL;',
      '\tret = device_add(&hdev->device);',
    ];
    await page.keyboard.type(mended.join('\n'));
    await seeSquiggles(page, []);
  });

  it('shows what a line does to the pool', async () => {
    const { cells } = await hoverAt(page, registration + 2, 'hdev->device.dm'.length);
    await picture(page, 'hover');
    const [, before, after] = cells;
    assert.match(before ?? '', /default pool/);
    assert.match(after ?? '', /NULL/);
    await page.keyboard.press('Escape');
  });

  it('comes back after a crash, with the text as it was typed', async () => {
    const [before] = await until('a language server', () => (running.servers().length > 0 ? running.servers() : null));
    assert.ok(before);
    process.kill(before, 'SIGKILL');
    await until('another language server', () => running.servers().find((pid) => pid !== before) ?? null);
    await goTo(page, registration + 1, 0);
    await page.keyboard.press('Control+Shift+k');
    await page.keyboard.press('Control+Shift+k');
    await seeSquiggles(page, [registration + 1]);
  });

  it('is silent while the rule is switched off', async () => {
    configure({ 'cocoDma.rules': { 'swiotlb-reachable': 'off' } });
    await seeSquiggles(page, []);
    configure({});
    await seeSquiggles(page, [registration + 1]);
  });

  it('asks nobody but this machine', () => {
    assert.deepEqual(running.strangers, []);
  });
});
