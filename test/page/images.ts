/** The pictures of the README (`npm run test:page -- --images`): five nodes, one of them cut off, another gone. */
import { ok } from 'node:assert/strict';
import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { readReceipts } from '../../scripts/demo/receipts.ts';
import { DESK, DESK_DARK, findChromium, launch, openPage, PHONE } from './browser.ts';
import { PageFederation } from './federation.ts';

const FOLDER = join(import.meta.dirname, '../../docs/images');
const RECEIPTS = join(import.meta.dirname, '../../examples/receipts.jsonl');
const IMAGE_BYTES_MAX = 200_000;
/** Long enough for the charts to show something. */
const APPEND_EVERY_MS = 250;

describe('pictures of the dashboard', () => {
  let federation: PageFederation;
  let browser: Browser;
  before(async () => {
    federation = await PageFederation.start(
      'Meridian Labs',
      'Norvik Audit',
      'Halden Institute',
      'Astra Grid',
      'Civic Ledger',
    );
    browser = await launch(findChromium() ?? '');
    await mkdir(FOLDER, { recursive: true });
  });
  after(async () => {
    await browser?.close();
    await federation?.stop();
  });

  it('are taken', async () => {
    const { page } = await openPage(browser, DESK);
    const dark = (await openPage(browser, DESK_DARK)).page;
    for (const each of [page, dark]) await each.goto(federation.node(0).url);
    await appendAll();
    await picture(page, 'dashboard-light.png');

    federation.node(3).process?.kill('SIGSTOP');
    await federation.cluster.kill(federation.node(4));
    await federation.append(0, { summary: 'Written while one node is cut off and another is gone' });
    await dark.waitForSelector(`[data-peer="${federation.node(3).peerId}"][data-standing="behind"]`);
    await dark.waitForSelector(`[data-peer="${federation.node(4).peerId}"][data-standing="gone"]`);
    await picture(dark, 'dashboard-dark.png');
    federation.node(3).process?.kill('SIGCONT');
    await dark.waitForSelector(`[data-peer="${federation.node(3).peerId}"][data-standing="agree"]`);

    const final = page.locator('.feed a.row', { has: page.locator('.is-final') });
    await page.setViewportSize({ width: 1300, height: 800 });
    await page.goto(`${federation.node(0).url}/#/receipts`);
    await final.nth(4).click();
    await page.waitForSelector('[data-verdict="verified"]');
    await picture(page, 'dashboard-entry.png');

    const phone = (await openPage(browser, PHONE)).page;
    await phone.goto(federation.node(0).url);
    await phone.waitForSelector('.feed a.row');
    await picture(phone, 'dashboard-phone.png');
  });

  async function appendAll(): Promise<void> {
    const lines = await readReceipts(RECEIPTS);
    for (const [i, line] of lines.entries()) {
      await federation.node(i % 5).append(line);
      await new Promise((resolve) => setTimeout(resolve, APPEND_EVERY_MS));
    }
    await federation.untilFinal(lines.length, [0, 1, 2, 3, 4]);
  }
});

async function picture(page: Page, name: string): Promise<void> {
  const path = join(FOLDER, name);
  await page.screenshot({ path });
  const { size } = await stat(path);
  ok(size < IMAGE_BYTES_MAX, `${name} has ${size} bytes`);
}
