import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isEmbeddedByForeignPage, isForeignPage } from './foreign-page.ts';

type Headers = Readonly<Record<string, string>>;
const own = { host: '127.0.0.1:10910' };

test('programs, typed addresses and own pages are not foreign', () => {
  const check = (headers: Headers) =>
    assert.equal(isForeignPage({ headers: { ...own, ...headers } }), false);
  check({});
  check({ origin: 'http://127.0.0.1:10910', 'sec-fetch-site': 'same-origin' });
  check({ origin: 'http://127.0.0.1:10910' });
  check({ 'sec-fetch-site': 'none' });
});

test('pages of others are, whatever they leave out', () => {
  const check = (headers: Headers) =>
    assert.equal(isForeignPage({ headers: { ...own, ...headers } }), true);
  check({ origin: 'http://evil.example', 'sec-fetch-site': 'cross-site' });
  check({ origin: 'http://evil.example' });
  check({ origin: 'http://127.0.0.1:3000', 'sec-fetch-site': 'same-site' });
  check({ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' });
  check({ origin: 'null' });
  check({ origin: 'http://127.0.0.1:10910.evil.example' });
  check({ origin: 'no url' });
});

test('a link from elsewhere may be followed, an image may not be embedded', () => {
  const site = { ...own, 'sec-fetch-site': 'cross-site' };
  const check = (mode: string, want: boolean) =>
    assert.equal(isEmbeddedByForeignPage({ headers: { ...site, 'sec-fetch-mode': mode } }), want);
  check('navigate', false);
  check('no-cors', true);
  check('cors', true);
});
