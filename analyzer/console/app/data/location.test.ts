import assert from 'node:assert/strict';
import { test } from 'node:test';
import { linkTo, parsePlace } from './location.ts';

test('an address names a page and its choices, and back', () => {
  const link = linkTo('forecasts', { signal: 'host_cpu', of: 'a&b=c ?#', none: undefined, no: '' });
  const place = parsePlace(link);
  assert.equal(place.page, 'forecasts');
  assert.deepEqual(Object.fromEntries(place.choices), { signal: 'host_cpu', of: 'a&b=c ?#' });
  assert.equal(linkTo('now'), '#/now');
});

test('without a page it is the first one', () => {
  for (const hash of ['', '#', '#/']) assert.equal(parsePlace(hash).page, 'now');
  assert.equal(parsePlace('#/actions/audit').page, 'actions/audit');
});
