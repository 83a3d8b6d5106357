import { deepEqual, equal, match, ok } from 'node:assert/strict';
import type { Browser, Page } from 'playwright-core';
import { DESK, DESK_DARK, findChromium, launch, openPage, PHONE, type View } from './browser.ts';
import { PageFederation } from './federation.ts';

const VIEWS = ['overview', 'receipts', 'journal', 'scars', 'governance'];
/** Web Vitals calls 0.1 good; nothing should move at all but for text that becomes longer. */
const LAYOUT_SHIFT_MAX = 0.02;

describe('the dashboard', () => {
  let federation: PageFederation;
  let browser: Browser;
  let height = 0;
  let opened: { page: Page; faults: string[] }[] = [];

  before(async () => {
    federation = await PageFederation.start('Alpha', 'Beta', 'Gamma');
    browser = await launch(findChromium() ?? '');
    for (const index of [0, 1, 2]) {
      await federation.append(index, { n: index, words: 'before the page' }, { n: index + 10 });
      height += 2;
    }
    await federation.untilFinal(height, [0, 1, 2]);
  });
  after(async () => {
    await browser?.close();
    await federation?.stop();
  });
  afterEach(async () => {
    const faults = opened.flatMap((each) => each.faults);
    for (const { page } of opened) await page.context().close();
    opened = [];
    deepEqual(faults, [], 'the page complained');
  });

  /** Opens a view on the first node's page and waits until its figures are there. */
  async function open(view = 'overview', as: View = DESK): Promise<{ page: Page; faults: string[] }> {
    const each = await openPage(browser, as);
    opened.push(each);
    await each.page.addInitScript(watchLayout);
    await each.page.goto(`${federation.node(0).url}/#/${view}`);
    await heightShown(each.page, height);
    return each;
  }

  const standing = (page: Page, index: number, expected: string): Promise<unknown> =>
    page.waitForSelector(`[data-peer="${federation.node(index).peerId}"][data-standing="${expected}"]`);

  it('comes under a policy that allows nothing from elsewhere', async () => {
    const policy = (await fetch(federation.node(0).url)).headers.get('content-security-policy') ?? '';
    match(policy, /^default-src 'none'; script-src 'self'; style-src 'self';/);
    ok(!policy.includes('unsafe'));
  });

  for (const view of VIEWS) {
    for (const as of [DESK, DESK_DARK, PHONE]) {
      it(`shows ${view} at ${as.width} pixels in ${as.theme}, without complaint and without moving about`, async () => {
        const { page } = await open(view, as);
        await page.waitForSelector('main .panel');
        const { scrollWidth, clientWidth } = await page.evaluate(() => ({
          scrollWidth: document.documentElement.scrollWidth,
          clientWidth: document.documentElement.clientWidth,
        }));
        ok(scrollWidth <= clientWidth, `${scrollWidth} pixels wide on ${clientWidth}`);
        const shift = await page.evaluate(() => Number(document.documentElement.dataset['shift'] ?? 0));
        ok(shift <= LAYOUT_SHIFT_MAX, `layout shift ${shift}`);
      });
    }
  }

  it('asks nobody but its node', async () => {
    const { page } = await openPage(browser, DESK);
    const hosts = new Set<string>();
    page.on('request', (request) => hosts.add(new URL(request.url()).origin));
    await page.goto(federation.node(0).url);
    await heightShown(page, height);
    deepEqual([...hosts], [federation.node(0).url]);
    await page.context().close();
  });

  it('shows at once what another node appends', async () => {
    const { page } = await open();
    const [hash = ''] = await federation.append(1, { words: 'appended on Beta' });
    height += 1;
    await page.waitForSelector(`a.row[href="#/entry/${hash}"]`);
    await heightShown(page, height);
    match(await page.locator(`a.row[href="#/entry/${hash}"]`).innerText(), /Beta[\s\S]*words appended on Beta/);
    await federation.untilFinal(height, [0, 1, 2]);
    await page.waitForSelector(`a.row[href="#/entry/${hash}"] .is-final`);
  });

  it('turns a node that is cut off another colour, and back when it has healed', async () => {
    const { page } = await open();
    const gamma = federation.node(2);
    await standing(page, 2, 'agree');
    const agreeing = await colourOf(page, gamma.peerId);

    gamma.process?.kill('SIGSTOP');
    await federation.append(1, { words: 'Gamma does not hear this' });
    height += 1;
    await standing(page, 2, 'behind');
    const behind = await colourOf(page, gamma.peerId);
    ok(behind !== agreeing, `both are ${behind}`);
    match(await page.locator('[data-figure="agreement"]').innerText(), /1\s+of 2/);

    gamma.process?.kill('SIGCONT');
    await standing(page, 2, 'agree');
    equal(await colourOf(page, gamma.peerId), agreeing);

    await federation.cluster.kill(gamma);
    await standing(page, 2, 'gone');
    await federation.cluster.start(gamma);
    await standing(page, 2, 'agree');
    await federation.untilFinal(height, [0, 1, 2]);
  });

  it('verifies an entry in the browser', async () => {
    const [hash = ''] = await federation.append(0, { words: 'to be checked' });
    height += 1;
    await federation.untilFinal(height, [0]);
    const { page } = await open(`entry/${hash}`);
    await page.waitForSelector('[data-verdict="verified"]');
    equal(
      await page.locator('.checks > .is-good').count(),
      8,
      'checks that hold, the votes of the witnesses among them',
    );
    ok((await page.locator('.proof-tree .tree-node').count()) > 3);
    match(await page.locator('.basis').innerText(), /votes of a threshold of witnesses/);
  });

  it('verifies a journal entry by its signature alone', async () => {
    const { page } = await open('journal');
    await page.locator('a.row').first().click();
    await page.waitForSelector('[data-verdict="verified"]');
    match(await page.locator('.basis').innerText(), /key of its author alone/);
  });

  const lies: readonly (readonly [string, string, (text: string) => string, RegExp])[] = [
    [
      'another content',
      'proof',
      (text) => text.replace('to be kept', 'to be bent'),
      /content is what the header names/,
    ],
    ['another ledger root', 'proof', (text) => text.replace(/("ledger":\{[^}]*"root":")../, '$100'), /Ledger root/],
    [
      'a vote that nobody signed',
      'certificate',
      (text) => text.replace(/("heartbeat":"[^"]*","signature":")../, '$100'),
      /witnesses/,
    ],
  ];
  for (const [what, document, bend, expected] of lies) {
    it(`sees through a node that gives ${what}`, async () => {
      const [hash = ''] = await federation.append(0, { words: 'to be kept' });
      height += 1;
      await federation.untilFinal(height, [0]);
      const each = await openPage(browser, DESK);
      opened.push(each);
      await each.page.route(`**/v1/receipts/${hash}/${document}`, async (route) => {
        const text = await (await route.fetch()).text();
        ok(bend(text) !== text, 'nothing was bent');
        await route.fulfill({ body: bend(text), contentType: 'application/json' });
      });
      await each.page.goto(`${federation.node(0).url}/#/entry/${hash}`);
      await each.page.waitForSelector('[data-verdict="refused"]');
      match((await each.page.locator('.checks > .is-bad').allInnerTexts()).join('\n'), expected);
    });
  }

  it('finds entries by text, type, origin and the beginning of a hash', async () => {
    const [hash = ''] = await federation.append(1, { words: 'needle in the feed' });
    height += 1;
    const { page } = await open('receipts');
    const only = async (): Promise<void> => {
      await page.waitForFunction(() => document.querySelectorAll('.feed a.row').length === 1);
      equal(await page.locator('.feed a.row').getAttribute('href'), `#/entry/${hash}`);
    };
    await page.getByRole('searchbox').fill('NEEDLE in');
    await only();
    await page.getByRole('button', { name: 'Clear' }).click();
    await page.waitForFunction(() => document.querySelectorAll('.feed a.row').length > 1);
    await page.getByRole('searchbox').fill(hash.slice(0, 12));
    await only();
    await page.getByRole('searchbox').fill('');
    await page.getByLabel('Type').selectOption('SCAR');
    await page.getByText('nothing fits').waitFor();
    await page.getByLabel('Type').selectOption('');
    await page.getByLabel('Origin').selectOption(federation.node(2).peerId);
    await page.waitForFunction(() =>
      [...document.querySelectorAll('.cell-name')].every((cell) => cell.textContent === 'Gamma'),
    );
  });

  it('can be used with the keyboard alone', async () => {
    const { page } = await open();
    await page.keyboard.press('Tab');
    equal(await page.evaluate(() => document.activeElement?.textContent), 'Skip to content');
    await page.keyboard.press('2');
    await page.waitForSelector('nav a[aria-current="page"]:has-text("Receipts")');
    await page.keyboard.press('/');
    await page.waitForFunction(() => document.activeElement?.id === 'search');
    await page.locator('.window-row a').first().waitFor();
    await page.getByRole('listbox', { name: 'Receipts' }).focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    const href = await page.locator('.window-row.is-active a').getAttribute('href');
    equal(await page.getByRole('listbox', { name: 'Receipts' }).getAttribute('aria-activedescendant'), 'feed-1');
    const outline = await page
      .getByRole('listbox', { name: 'Receipts' })
      .evaluate((list) => getComputedStyle(list).outlineStyle);
    equal(outline, 'solid', 'the focus cannot be seen');
    await page.keyboard.press('Enter');
    await page.waitForSelector('[data-verdict="verified"]');
    ok(page.url().endsWith(href ?? 'no address'));
    equal(await page.evaluate(() => document.activeElement?.id), 'main');
  });

  it('keeps the theme that was chosen', async () => {
    const { page } = await open();
    const ground = (): Promise<string> =>
      page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
    const light = await ground();
    await page.getByRole('button', { name: 'Switch to dark theme' }).click();
    const dark = await ground();
    ok(light !== dark);
    await page.reload();
    equal(await ground(), dark);
  });

  it('gives every control a name, and every picture words', async () => {
    for (const view of VIEWS) {
      const { page } = await open(view);
      await page.waitForSelector('main .panel');
      const nameless = await page.evaluate(() =>
        [...document.querySelectorAll('button, input, select, a[href], svg[role="img"], [role="listbox"]')]
          .filter((element) => {
            const label =
              element.getAttribute('aria-label') ?? element.getAttribute('title') ?? element.textContent ?? '';
            return label.trim() === '';
          })
          .map(({ outerHTML }) => outerHTML.slice(0, 120)),
      );
      deepEqual(nameless, [], view);
    }
  });
});

function heightShown(page: Page, height: number): Promise<unknown> {
  return page.waitForFunction(
    (text) => document.querySelector('[data-figure="height"] .figure-value')?.textContent === text,
    String(height),
  );
}

function colourOf(page: Page, peer: string): Promise<string> {
  return page.locator(`[data-peer="${peer}"] .mesh-dot`).evaluate((dot) => getComputedStyle(dot).fill);
}

/** Runs in the page: adds up how much of what was seen moved without anybody having asked for it. */
function watchLayout(): void {
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const { value = 0, hadRecentInput = false }: { value?: number; hadRecentInput?: boolean } = Object.assign(
        {},
        { value: Reflect.get(entry, 'value'), hadRecentInput: Reflect.get(entry, 'hadRecentInput') },
      );
      if (hadRecentInput) continue;
      const { dataset } = document.documentElement;
      dataset['shift'] = String(Number(dataset['shift'] ?? 0) + value);
    }
  }).observe({ type: 'layout-shift', buffered: true });
}
