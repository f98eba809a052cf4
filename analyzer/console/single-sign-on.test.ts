// Log-in in the browser at a real OpenID Connect provider, and what each role may do on the page afterwards.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { NO_BROWSER, openBrowser } from './browser.contract.ts';
import { startConsole } from './console-server.contract.ts';

const GROUPS = { ann: ['viewers', 'admins'], bob: ['viewers'], eve: [] };

/** The provider's own pages: who it is, and that the analyzer may know it. */
async function logIn(page: Page, account: string): Promise<void> {
  await page.getByRole('link', { name: 'Single sign-on' }).click();
  await page.locator('input[name=login]').fill(account);
  await page.locator('input[name=password]').fill('any');
  await page.locator('button[type=submit]').click();
  await page.getByRole('button', { name: 'Continue' }).click();
}

test('single sign-on leads to the page and back, with the role of the groups', {
  skip: NO_BROWSER,
}, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'guard-sso-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const thresholdsFile = join(folder, 'thresholds.yml');
  const server = await startConsole(t, { groups: GROUPS, thresholdsFile });
  const browser = await openBrowser();
  t.after(() => browser.close());

  const viewer = await browser.open(server.url);
  await logIn(viewer, 'bob');
  await viewer.getByText('2000 critical firing').waitFor();
  assert.equal(await viewer.getByRole('button', { name: 'Pause actions' }).isDisabled(), true);
  assert.equal(await viewer.getByRole('button', { name: 'Helpful', exact: true }).count(), 0);
  assert.equal(await viewer.evaluate('document.cookie'), '', 'scripts cannot read the session');

  const stranger = await browser.open(server.url);
  await logIn(stranger, 'eve');
  await stranger.getByText(/eve has no access/).waitFor();

  const admin = await browser.open(server.url);
  await logIn(admin, 'ann');
  await admin.getByText('2000 critical firing').waitFor();
  await admin.goto(`${server.url}/#/rules?rule=GuardFilesystemFilling`);
  await admin.getByLabel('Warning', { exact: true }).fill('85%');
  assert.equal(await admin.getByRole('button', { name: 'Save …' }).isDisabled(), true);
  await admin.getByRole('button', { name: 'Preview' }).click();
  await admin.getByRole('heading', { name: /^What would have fired/ }).waitFor();
  assert.ok(!existsSync(thresholdsFile));
  await admin.getByRole('button', { name: 'Save …' }).click();
  await admin.getByLabel(/^Reason/).fill('our disks are large');
  await admin.getByRole('button', { name: 'Save', exact: true }).click();
  await admin.getByText(/^Saved\. No rules\.alerts_file/).waitFor();
  assert.match(readFileSync(thresholdsFile, 'utf8'), /filesystem:\n +warning: \{ limit: 85%/);
  await admin.getByText('85% for 2m').first().waitFor();
  await admin.goto(`${server.url}/#/actions/audit`);
  await admin.getByRole('cell', { name: 'Thresholds change', exact: true }).waitFor();
  await admin.getByText('ann').first().waitFor();
});
