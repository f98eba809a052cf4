import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import {
  escapeHtml,
  type FlamePage,
  flamePagePolicy,
  readFlamePageAssets,
  renderFlamePage,
} from './flamegraph-page.ts';

const folder = mkdtempSync(join(tmpdir(), 'guard-flamegraph-'));
after(() => rmSync(folder, { recursive: true }));
const assets = readFlamePageAssets();
const EVIL = `"><script>document.title='owned'</script><img src=x onerror='x'>&`;

const page: FlamePage = {
  group: 'shop',
  seconds: 5,
  stacks: new Map([
    ['shop;main;hot', 75],
    ['shop;main;cold', 25],
  ]),
  hotspots: [
    { symbol: 'hot', object: 'shop', ratio: 0.75 },
    { symbol: 'cold', object: 'shop', ratio: 0.25 },
  ],
  nonce: 'abc',
};

test('boxes, their titles, and the table of the hottest functions', () => {
  const html = renderFlamePage(page, assets);
  assert.match(html, /<title>hot: 75 samples, 75\.0 %<\/title>/);
  assert.match(html, /<svg x="75\.0000%" y="54" width="25\.0000%"[^>]*><title>cold: 25 samples/);
  assert.match(html, /<td class="number">75\.0 %<\/td><td class="number">75<\/td><td>hot<\/td>/);
  assert.match(html, /100 samples of running code in 5 s/);
});

test('nothing is loaded from elsewhere, and only the nonce runs', () => {
  const html = renderFlamePage(page, assets);
  assert.doesNotMatch(html, /\b(src|href)=|https?:|url\(|@import|style="|\son\w+=/);
  assert.equal(html.match(/<script/g)?.length, 1);
  assert.match(html, /<script nonce="abc"/);
  assert.match(flamePagePolicy('abc'), /^default-src 'none'; script-src 'nonce-abc';/);
});

test('whatever a group, a function or a file is called, it stays text', () => {
  const stacks = new Map([[`${EVIL};${EVIL}`, 3]]);
  const hotspots = [{ symbol: EVIL, object: EVIL, ratio: 1 }];
  const html = renderFlamePage({ ...page, group: EVIL, stacks, hotspots }, assets);
  assert.equal(html.match(/<script/g)?.length, 1);
  assert.doesNotMatch(html, /<img/);
  assert.equal(escapeHtml(EVIL.slice(0, 3)), '&#34;&#62;&#60;');
});

test('without samples it says so and draws nothing', () => {
  const html = renderFlamePage({ ...page, stacks: new Map(), hotspots: [] }, assets);
  assert.match(html, /No samples: the processes of this group used no CPU in these 5 s/);
  assert.doesNotMatch(html, /<script|<table|<svg/);
});

const chromium = spawnSync('chromium', ['--version']).status === 0;

test('the script runs in a browser', { skip: !chromium && 'no chromium' }, () => {
  const file = join(folder, 'page.html');
  // The probe zooms, then searches, and leaves in the title what it saw.
  const probe = `<script nonce="abc" type="module">
const boxes = [...document.querySelectorAll('#graph svg')];
boxes.find((box) => box.textContent.endsWith('cold')).dispatchEvent(new MouseEvent('click', { bubbles: true }));
const zoomed = boxes.filter((box) => !box.hasAttribute('hidden')).map((box) => box.getAttribute('width'));
document.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape' }));
search.value = 'COLD';
search.dispatchEvent(new Event('input'));
document.title = zoomed.join() + ' | ' + detail.textContent + ' | ' + boxes.filter((box) => box.hasAttribute('hidden')).length;
</script></body>`;
  writeFileSync(file, renderFlamePage(page, assets).replace('</body>', probe));
  const { stdout } = spawnSync(
    'chromium',
    [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      `--user-data-dir=${join(folder, 'profile')}`,
      '--dump-dom',
      pathToFileURL(file).href,
    ],
    { encoding: 'utf8', timeout: 60_000 },
  );
  const [, title] = /<title>(.*?)<\/title>/.exec(stdout) ?? [];
  assert.equal(title, '100%,100%,100%,100% | 1 boxes match, in 25.0 % of the samples | 0');
});
