// Debian's chromium for tests of the console: what it complains about fails the test.
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Browser, chromium, type Page } from 'playwright-core';
import { buildConsole, isConsoleFresh } from './build.ts';

const CHROMIUM = '/usr/bin/chromium';
const ARGUMENTS = ['--no-sandbox', '--disable-gpu', '--disable-background-networking'];
/** Generous: a loaded machine. */
export const PATIENCE_MS = 45_000;
export const VIEWPORT = { width: 1400, height: 900 };

/** Why tests in a browser cannot run here; false when they can. */
export const NO_BROWSER = existsSync(CHROMIUM) ? false : 'chromium is not installed';

export interface TestBrowser {
  /** A page of its own, with nothing kept from others. */
  open(url: string, options?: { readonly dark?: boolean }): Promise<Page>;
  /** What pages have complained about since the last time. */
  complaints(): string[];
  close(): Promise<void>;
}

export async function openBrowser(): Promise<TestBrowser> {
  if (!isConsoleFresh()) await buildConsole();
  const browser: Browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ARGUMENTS,
    timeout: PATIENCE_MS,
  });
  let complaints: string[] = [];
  return {
    async open(url, { dark = false } = {}) {
      const context = await browser.newContext({
        viewport: VIEWPORT,
        colorScheme: dark ? 'dark' : 'light',
        reducedMotion: 'reduce',
      });
      context.setDefaultTimeout(PATIENCE_MS);
      const page = await context.newPage();
      page.on('console', (message) => {
        if (message.type() === 'error' || message.type() === 'warning')
          complaints.push(`${message.text()} ${message.location().url}`);
      });
      page.on('pageerror', (error) => complaints.push(error.message));
      await page.goto(url);
      return page;
    },
    complaints() {
      const told = complaints;
      complaints = [];
      return told;
    },
    close: () => browser.close(),
  };
}

interface AxeResult {
  readonly violations: readonly {
    readonly id: string;
    readonly impact: string;
    readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
  }[];
}

/** Serious and critical violations that axe-core finds on the page as it is. */
export async function seriousViolations(page: Page): Promise<string[]> {
  const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
  await page.evaluate(readFileSync(axe, 'utf8'));
  const { violations } = (await page.evaluate('axe.run(document)')) as AxeResult;
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes[0]?.html} ${nodes[0]?.failureSummary}`);
}
