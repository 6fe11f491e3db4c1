/** What a person does in the workbench, and what they see there. */
import type { Page } from 'playwright-core';
import { until } from './workbench';

/**
 * Runs in the page. A squiggle and the number of its line stand in different layers, at the same height.
 */
const markedLines = (name: string): string => `(() => {
  const numbers = new Map();
  for (const row of document.querySelectorAll('.margin-view-overlays > div'))
    numbers.set(row.style.top, Number(row.querySelector('.line-numbers')?.textContent));
  const rows = [...document.querySelectorAll('.view-overlays > div')];
  return rows.filter((row) => row.querySelector('.squiggly-${name}')).map((row) => numbers.get(row.style.top) ?? 0);
})()`;

/** The line numbers that carry a squiggle of a kind. */
export function squiggles(page: Page, kind: 'error' | 'warning' = 'error'): Promise<number[]> {
  return page.evaluate<number[]>(markedLines(kind));
}

/** Waits until exactly these lines carry a squiggle. */
export async function seeSquiggles(page: Page, lines: readonly number[]): Promise<void> {
  let last: number[] = [];
  await until(`squiggles in lines ${lines.join() || 'none'}`, async () => {
    last = await squiggles(page);
    return last.join() === lines.join() ? true : null;
  }).catch((error: unknown) => {
    throw new Error(`${String(error)}; there are some in ${last.join() || 'no line'}`);
  });
}

/** Waits until the editor shows its text. */
export async function editorReady(page: Page): Promise<void> {
  await page.locator('.view-lines .view-line').first().waitFor();
}

/** Runs a command by its name in the palette. */
export async function palette(page: Page, command: string): Promise<void> {
  await page.keyboard.press('F1');
  const input = page.locator('.quick-input-widget input');
  await input.waitFor();
  await input.fill(`>${command}`);
  await page.locator('.quick-input-list .monaco-list-row', { hasText: command }).first().waitFor();
  await page.keyboard.press('Enter');
  await page.locator('.quick-input-widget').waitFor({ state: 'hidden' });
}

/** Puts the cursor into a line (from 1), so many characters right of its first that is no blank. */
export async function goTo(page: Page, line: number, right: number): Promise<void> {
  await page.locator('.monaco-editor .view-lines').first().click();
  await page.keyboard.press('Control+g');
  const input = page.locator('.quick-input-widget input');
  await input.waitFor();
  await input.fill(`:${line}`);
  await page.keyboard.press('Enter');
  await page.locator('.quick-input-widget').waitFor({ state: 'hidden' });
  await until(`the cursor in line ${line}`, async () => {
    const text = await page
      .locator('.statusbar-item', { hasText: /Ln \d+/ })
      .first()
      .textContent();
    return text?.includes(`Ln ${line}, Col`) ? true : null;
  });
  await page.keyboard.press('Home');
  for (let step = 0; step < right; step++) await page.keyboard.press('ArrowRight');
}

/** The text of the hover at a place, and its tables' cells. */
export async function hoverAt(page: Page, line: number, right: number): Promise<{ text: string; cells: string[] }> {
  await goTo(page, line, right);
  await page.keyboard.press('Control+k');
  await page.keyboard.press('Control+i');
  const hover = page.locator('.monaco-hover:visible').first();
  await hover.waitFor();
  return until('a hover of this extension', async () => {
    const cells = await hover.locator('td').allTextContents();
    return cells.length > 0 ? { text: (await hover.textContent()) ?? '', cells } : null;
  });
}

/** The text of the rendered page that is shown. */
export function previewText(page: Page, wanted: RegExp): Promise<string> {
  return until(`a page with ${String(wanted)}`, async () => {
    for (const frame of page.frames()) {
      const text = await frame
        .locator('body')
        .first()
        .innerText({ timeout: 1000 })
        .catch(() => '');
      if (frame !== page.mainFrame() && wanted.test(text)) return text;
    }
    return null;
  });
}
