// The console in a real browser over the real routes: content, keyboard, screen readers, strangers' texts, a server that is gone.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';
import {
  NO_BROWSER,
  openBrowser,
  seriousViolations,
  type TestBrowser,
  VIEWPORT,
} from './browser.contract.ts';
import { type ConsoleServer, EVIL, manyFindings, startConsole } from './console-server.contract.ts';

/** What a page may hold, however many findings there are. */
const MAX_ELEMENTS = 1_500;
const PAGES = [
  ...['now', 'forecasts', 'anomalies', 'actions', 'actions/playbooks', 'actions/audit'],
  'rules',
];

let browser: TestBrowser;
let server: ConsoleServer;
const ends: (() => unknown)[] = [];
const options = { skip: NO_BROWSER };

before(async () => {
  if (NO_BROWSER !== false) return;
  server = await startConsole({ after: (end) => void ends.push(end as () => unknown) });
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  for (const end of ends.reverse()) await end();
});

const open = (page: string, look?: { dark?: boolean }) =>
  browser.open(`${server.url}/#/${page}`, look);
const settled = (page: Page) => page.getByText('Loading…').first().waitFor({ state: 'detached' });

test(
  'every page shows what it is for, and the browser has nothing to complain about',
  options,
  async () => {
    const page = await open('now');
    await page.getByRole('heading', { name: 'What is wrong now' }).waitFor();
    await page.getByText('2000 critical firing, of 12 process groups watched').waitFor();
    await page.getByRole('heading', { name: 'Who waits because of it' }).waitFor();
    await page.getByText('Profile it').first().waitFor();
    assert.equal(
      await page.getByRole('link', { name: 'Runbook' }).getAttribute('href'),
      'https://x/cpu_saturation.md',
    );
    await page.getByRole('cell', { name: 'in 40 min' }).waitFor();

    await page.getByRole('link', { name: 'Forecasts' }).first().click();
    await page.getByRole('heading', { name: 'What is expected' }).waitFor();
    assert.equal(await page.title(), 'Forecasts · Latency Guard');
    await page.locator('.chart canvas').waitFor();
    await page.getByText('in 40 min').first().waitFor();
    await page.getByText('Values as a table').click();
    assert.equal(await page.getByRole('columnheader', { name: '95 % interval' }).count(), 1);

    await page.getByRole('link', { name: 'Anomalies' }).click();
    await page.getByRole('heading', { name: 'What contributes' }).waitFor();
    await page.getByRole('heading', { name: 'Timeline' }).waitFor();
    await page.locator('.episode').first().waitFor();
    await page.locator('.chart canvas').waitFor();
    await page.getByRole('button', { name: 'Noise' }).first().click();
    await page.getByText('Noted as noise. Threshold × 2.').waitFor();

    await page.getByRole('link', { name: 'Actions', exact: true }).click();
    await page.getByText('Nothing was proposed yet').waitFor();
    await page.getByRole('link', { name: 'Playbooks', exact: true }).click();
    await page.getByText('Give the group CPU time again').click();
    await page.getByText('a person does').first().waitFor();
    await page.getByRole('link', { name: 'Audit log' }).click();
    await page.getByText('Chain holds').waitFor();
    assert.deepEqual(browser.complaints(), []);
    await page.context().close();
  },
);

test(
  'what is said of a suggestion is counted, shown, and stands in the audit log',
  options,
  async () => {
    const page = await open('now');
    await page.getByRole('button', { name: 'Helpful', exact: true }).click();
    await page.getByText('Noted: helpful.').waitFor();
    await page.getByText('So far: 1 helpful').waitFor();
    await page.getByRole('button', { name: 'Reject …' }).click();
    await page.getByLabel(/^Reason/).fill('cannot be profiled');
    await page.getByRole('button', { name: 'Reject', exact: true }).click();
    // The last word of a person counts.
    await page.getByText('So far: 1 rejected').waitFor();
    await page.getByRole('button', { name: 'Ticket in Jira' }).click();
    const ticket = page.getByRole('link', { name: 'OPS-1' });
    assert.equal(await ticket.getAttribute('href'), 'https://jira.example/browse/OPS-1');
    await page.goto(`${server.url}/#/actions/audit`);
    await page.getByRole('cell', { name: 'Ticket opened' }).waitFor();
    await page.getByRole('cell', { name: 'Suggestion helpful' }).waitFor();
    assert.deepEqual(browser.complaints(), []);
    await page.context().close();
  },
);

test(
  'other thresholds are tried on the past, and shown to paste where they cannot be saved',
  options,
  async () => {
    const page = await open('rules');
    await page.getByLabel('Search rules').fill('filesystem filling');
    await page.getByText('1 rule', { exact: true }).waitFor();
    await page.getByLabel('Warning', { exact: true }).fill('85%');
    await page.getByRole('button', { name: 'Preview' }).click();
    await page.getByRole('heading', { name: 'What would have fired in the last week' }).waitFor();
    const row = page.getByRole('row', { name: /^warning/ });
    assert.match(await row.innerText(), /would (never )?have fired/);
    await page.getByText('rules.thresholds_file is not configured').waitFor();
    assert.match(await page.locator('pre').innerText(), /filesystem:\s+warning: \{ limit: 85%/);
    assert.equal(await page.getByRole('button', { name: 'Save …' }).count(), 0);
    await page.getByLabel('Warning', { exact: true }).fill('lots');
    await page.getByRole('button', { name: 'Preview' }).click();
    await page.getByRole('alert').waitFor();
    assert.deepEqual(
      browser.complaints().filter((text) => !/status of 400/.test(text)),
      [],
    );
    await page.context().close();
  },
);

test(
  'of 2,000 findings the document holds those in view, and the keys reach the last',
  options,
  async () => {
    const page = await open('now');
    const list = page.getByRole('listbox');
    await list.waitFor();
    const rows = () => list.getByRole('option').count();
    const elements = () => page.evaluate('document.getElementsByTagName("*").length');
    const inView = Math.ceil(VIEWPORT.height / 74) + 14;
    assert.equal(await list.getByRole('option').first().getAttribute('aria-setsize'), '2000');
    assert.ok((await rows()) <= inView, `${await rows()} rows`);
    await list.focus();
    await page.keyboard.press('End');
    await page.getByRole('option', { name: /worker-1999 / }).waitFor();
    assert.match(await page.locator('.detail .facts').first().innerText(), /worker-1999/);
    assert.ok((await rows()) <= inView, `${await rows()} rows`);
    const count = Number(await elements());
    assert.ok(count <= MAX_ELEMENTS, `${count} elements`);
    await page.getByRole('searchbox').fill('CPU worker-77');
    await page.getByText('11 of 2,000 findings').waitFor();
    assert.deepEqual(browser.complaints(), []);
    await page.context().close();
  },
);

test('texts of others are text: no element, no script', options, async () => {
  const page = await open('now');
  for (const name of PAGES) {
    await page.goto(`${server.url}/#/${name}`);
    await page.locator('h1').waitFor();
    await settled(page);
    assert.equal(await page.locator('img').count(), 0, name);
  }
  await page.goto(`${server.url}/#/now`);
  await page.getByText(EVIL).first().waitFor();
  await page.getByText(/^Gap/).click();
  await page.getByText(`no samples ${EVIL}`).waitFor();
  assert.equal(await page.evaluate('window.hit'), undefined);
  assert.deepEqual(browser.complaints(), []);
  await page.context().close();
});

test('everything is reached by keys alone', options, async () => {
  const page = await open('now');
  await page.getByRole('listbox').waitFor();
  const focused = () =>
    page.evaluate<string>(
      'document.activeElement.getAttribute("aria-label") ?? document.activeElement.textContent',
    );
  await page.keyboard.press('Tab');
  assert.equal(await focused(), 'Skip to the page');
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate('document.activeElement.id'), 'main');
  for (let tabs = 0; tabs < 10 && !/^Findings/.test(await focused()); tabs += 1)
    await page.keyboard.press('Tab');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  assert.match(await page.locator('.detail .facts').first().innerText(), /worker-2\b/);
  assert.match(decodeURIComponent(page.url()), /worker-2/);
  for (let tabs = 0; tabs < 20 && !/^Pause actions/.test(await focused()); tabs += 1)
    await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('Enter');
  await page.getByRole('dialog', { name: 'Pause all actions' }).waitFor();
  await page.keyboard.type('looking at it');
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  assert.equal(await page.getByText('Actions are paused').count(), 0);
  await page.context().close();
});

test(
  'axe-core finds nothing serious on any page, light and dark, dialogs included',
  options,
  async () => {
    for (const dark of [false, true]) {
      const page = await open('now', { dark });
      for (const name of PAGES) {
        await page.goto(`${server.url}/#/${name}`);
        await page.locator('h1').waitFor();
        await settled(page);
        assert.deepEqual(await seriousViolations(page), [], `${name}, dark: ${dark}`);
      }
      await page.getByRole('button', { name: 'Pause actions' }).click();
      assert.deepEqual(await seriousViolations(page), [], `dialog, dark: ${dark}`);
      await page.context().close();
    }
  },
);

test('the kill switch is on every page, and asks for a reason', options, async () => {
  const page = await open('forecasts');
  await page.getByRole('button', { name: 'Pause actions' }).click();
  const pause = page.getByRole('button', { name: 'Pause', exact: true });
  assert.equal(await pause.isDisabled(), true);
  await page.getByLabel(/^Reason/).fill('the database is being moved');
  await pause.click();
  await page.getByText('the database is being moved').waitFor();
  const other = await open('now');
  await other.getByText('Actions are paused').waitFor();
  await other.getByRole('button', { name: 'Resume actions' }).click();
  await other.getByLabel(/^Reason/).fill('done');
  await other.getByRole('button', { name: 'Resume', exact: true }).click();
  // The first page hears of it by the events alone.
  await page.getByText('Actions are paused').waitFor({ state: 'detached' });
  await page.goto(`${server.url}/#/actions/audit`);
  await page.getByRole('cell', { name: 'Resumed' }).waitFor();
  assert.deepEqual(browser.complaints(), []);
  await page.context().close();
  await other.context().close();
});

test(
  'a server that is gone is said, and the page goes on by itself when it is back',
  options,
  async () => {
    const page = await open('now');
    await page.getByText('2000 critical firing').waitFor();
    await server.stop();
    await page.getByText('Connection lost').waitFor();
    assert.ok((await page.getByRole('option').count()) > 0, 'what was known stays');
    server.show({ findings: manyFindings(3, Date.now() / 1000) });
    await server.start();
    await page.getByText('Connection lost').waitFor({ state: 'detached' });
    await page.getByText('3 critical firing').waitFor();
    server.show({ findings: [] });
    await page.getByText('No bottleneck found').waitFor();
    const refused = /ERR_(CONNECTION|INCOMPLETE|EMPTY|NETWORK)/;
    assert.deepEqual(
      browser.complaints().filter((text) => !refused.test(text)),
      [],
    );
    await page.context().close();
  },
);

test(
  'where nobody reads without, a token logs in; a viewer may look and not decide',
  options,
  async (t) => {
    const closed = await startConsole(t, { roles: ['viewer', 'operator'] });
    const page = await browser.open(closed.url);
    await page.getByLabel('Token').fill('wrong');
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByRole('alert').waitFor();
    assert.deepEqual(await seriousViolations(page), []);
    await page.getByLabel('Token').fill('token-viewer');
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByText('2000 critical firing').waitFor();
    assert.equal(await page.getByRole('button', { name: 'Pause actions' }).isDisabled(), true);
    assert.equal(await page.evaluate('document.cookie'), '', 'scripts cannot read the session');
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.getByLabel('Token').fill('token-operator');
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByRole('button', { name: 'Pause actions' }).click();
    await page.getByLabel(/^Reason/).fill('by an operator');
    await page.getByRole('button', { name: 'Pause', exact: true }).click();
    await page.getByText('by an operator').waitFor();
    assert.equal(await page.getByRole('button', { name: 'Resume actions' }).isDisabled(), true);
    assert.deepEqual(
      browser.complaints().filter((text) => !/status of 40[13]/.test(text)),
      [],
    );
    await page.context().close();
  },
);
