import assert from 'node:assert/strict';
import { test } from 'node:test';
import { closedByWindow, isWithin, windowSchema } from './maintenance.ts';

const NIGHT = {
  name: 'night',
  actions: 'only',
  timezone: 'Europe/Berlin',
  from: '22:00',
  to: '06:00',
};
const parse = (changes: object = {}) => windowSchema.parse({ ...NIGHT, ...changes });
const at = (text: string) => Date.parse(text) / 1000;

// Berlin: UTC+1 in winter, UTC+2 from 2026-03-29 01:00Z to 2026-10-25 01:00Z.
const CASES: readonly (readonly [name: string, changes: object, time: string, want: boolean])[] = [
  ['its first minute in winter', {}, '2026-01-15T21:00:00Z', true],
  ['the minute before', {}, '2026-01-15T20:59:59Z', false],
  ['its last minute', {}, '2026-01-16T04:59:59Z', true],
  ['its end', {}, '2026-01-16T05:00:00Z', false],
  ['an hour earlier in UTC in summer', {}, '2026-07-15T20:00:00Z', true],
  ['not by the time of winter', {}, '2026-07-15T19:59:59Z', false],
  ['its end on the morning when clocks went forward', {}, '2026-03-29T03:59:59Z', true],
  ['over on the morning when clocks went forward', {}, '2026-03-29T04:00:00Z', false],
  ['its end on the morning when clocks went back', {}, '2026-10-25T04:59:59Z', true],
  ['over on the morning when clocks went back', {}, '2026-10-25T05:00:00Z', false],
  [
    'begins after the hour that is missing',
    { from: '02:30', to: '04:00' },
    '2026-03-29T01:00:00Z',
    true,
  ],
  ['not before it', { from: '02:30', to: '04:00' }, '2026-03-29T00:59:59Z', false],
  ['the repeated hour, first time', { from: '02:00', to: '03:00' }, '2026-10-25T00:30:00Z', true],
  ['the repeated hour, second time', { from: '02:00', to: '03:00' }, '2026-10-25T01:30:00Z', true],
  ['Friday night', { days: ['fri'] }, '2026-01-16T22:00:00Z', true],
  ['goes on on Saturday morning', { days: ['fri'] }, '2026-01-17T04:00:00Z', true],
  ['Friday morning was Thursday night', { days: ['fri'] }, '2026-01-16T04:00:00Z', false],
  ['Saturday night is another', { days: ['fri'] }, '2026-01-17T22:00:00Z', false],
  [
    'a freeze by dates',
    { timezone: undefined, from: '2026-12-24T00:00:00+01:00', to: '2027-01-02T00:00:00+01:00' },
    '2026-12-31T12:00:00Z',
    true,
  ],
  [
    'after the freeze',
    { timezone: undefined, from: '2026-12-24T00:00:00+01:00', to: '2027-01-02T00:00:00+01:00' },
    '2027-01-01T23:00:00Z',
    false,
  ],
];

for (const [name, changes, time, want] of CASES)
  test(`window: ${name}`, () => assert.equal(isWithin(parse(changes), at(time)), want));

test('only within, never within, and whom it is about', () => {
  const day = at('2026-01-15T12:00:00Z');
  const night = at('2026-01-15T23:00:00Z');
  const web = { playbook: 'restart', host: 'web1' };
  const closed = (windows: readonly object[], now: number, target = web) =>
    closedByWindow(
      windows.map((one) => parse(one)),
      target,
      now,
    );
  assert.equal(closedByWindow([], web, day), undefined);
  assert.match(closed([{}], day) ?? '', /waits for window night/);
  assert.equal(closed([{}], night), undefined);
  assert.equal(closed([{ hosts: ['db*'] }], day), undefined, 'it is about other hosts');
  assert.equal(closed([{ playbooks: ['reboot'] }], day), undefined, 'and other playbooks');
  const noon = { name: 'noon', from: '12:00', to: '14:00' };
  assert.equal(closed([{}, noon], day), undefined, 'one of several is enough');
  assert.match(
    closed([{}, { ...noon, actions: 'never' }, noon], day) ?? '',
    /noon allows no actions/,
  );
});

const REFUSED: readonly (readonly [name: string, changes: object, problem: RegExp])[] = [
  ['no time zone', { timezone: undefined }, /needs a time zone/],
  ['an unknown time zone', { timezone: 'Europe/Nowhere' }, /expected a time zone/],
  ['an hour that is none', { from: '24:00' }, /expected a time such as|Invalid/],
  ['no length', { from: '06:00' }, /another time than from/],
  ['a date and an hour', { from: '2026-12-24T00:00:00Z' }, /same form/],
  [
    'dates the wrong way round',
    { from: '2027-01-02T00:00:00Z', to: '2026-12-24T00:00:00Z' },
    /after from/,
  ],
  ['a day that is none', { days: ['friday'] }, /Invalid/],
  ['another key', { cron: '* * * * *' }, /Unrecognized key/],
];

for (const [name, changes, problem] of REFUSED)
  test(`window refused: ${name}`, () => assert.throws(() => parse(changes), problem));
