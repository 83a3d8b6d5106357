/** Chromium for page tests: Debian's, or the one that CHROMIUM names. */
import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';

const PATHS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
/** Nothing may be fetched from elsewhere: the page is the only thing under test. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export function findChromium(): string | undefined {
  const named = process.env['CHROMIUM'];
  return (named === undefined ? PATHS : [named]).find((path) => existsSync(path));
}

export function launch(executablePath: string): Promise<Browser> {
  return chromium.launch({ executablePath, args: FLAGS });
}

export interface View {
  readonly width: number;
  readonly height: number;
  readonly theme: 'light' | 'dark';
}

export const DESK: View = { width: 1440, height: 900, theme: 'light' };
export const DESK_DARK: View = { ...DESK, theme: 'dark' };
export const PHONE: View = { width: 390, height: 844, theme: 'light' };

/** A page that keeps what went wrong on it: exceptions, console errors, violations of its policy. */
export async function openPage(browser: Browser, view: View): Promise<{ page: Page; faults: string[] }> {
  const { width, height, theme } = view;
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: theme,
    reducedMotion: 'reduce',
    hasTouch: width < 500,
  });
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(`exception: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') faults.push(`console: ${message.text()}`);
  });
  return { page, faults };
}
