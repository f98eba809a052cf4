import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type FleetQuestion, fleetTrouble } from './fleet.ts';

const members = (count: number, down = 0, job = 'node') =>
  Array.from({ length: count }, (_, index) => ({
    ...{ job, instance: `web${index}:9100` },
    up: index === 0 || index > down,
  }));
const ill = (...names: string[]) =>
  names.map(
    (name) =>
      ({ state: 'firing', severity: 'warning', subject: { instance: `${name}:9100` } }) as const,
  );
const trouble = (changes: Partial<FleetQuestion> = {}) =>
  fleetTrouble({
    members: members(10),
    findings: [],
    working: new Set(),
    target: { host: 'web0', labels: { job: 'node' } },
    maxShare: 0.4,
    ...changes,
  });

test('up to the share an action may run, beyond it not, and the numbers are told', () => {
  assert.equal(trouble(), undefined);
  assert.equal(trouble({ members: members(10, 4) }), undefined);
  assert.match(
    trouble({ members: members(10, 5) }) ?? '',
    /^fleet breaker: 5 other of 10 hosts of job node are ill or worked on, more than 40 %$/,
  );
});

test('down, firing and worked on add up, each host once, the target not at all', () => {
  const working = new Set(['web1', 'web2', 'web0']);
  const findings = ill('web2', 'web3', 'web0');
  assert.equal(trouble({ members: members(10, 1), findings, working }), undefined);
  assert.equal(
    trouble({ members: members(10, 1), findings: [...findings, ...ill('web4')], working }),
    undefined,
  );
  assert.match(
    trouble({
      members: members(10, 1),
      findings: [...findings, ...ill('web4', 'web5')],
      working,
    }) ?? '',
    /5 other of 10/,
  );
  const mild = ['web1', 'web2', 'web3', 'web4', 'web5'].flatMap((name) => [
    { ...ill(name)[0]!, severity: 'info' as const },
    { ...ill(name)[0]!, state: 'resolved' as const },
  ]);
  assert.equal(trouble({ findings: mild }), undefined, 'info and what is over are not ill');
});

test('small fleets: one host alone may be acted on, not the last of a pair', () => {
  assert.equal(trouble({ members: members(1) }), undefined);
  assert.equal(trouble({ members: members(2) }), undefined);
  assert.match(trouble({ members: members(2, 1) }) ?? '', /1 other of 2/);
});

test('where the fleet is not known nothing runs', () => {
  assert.match(trouble({ members: [] }) ?? '', /up knows no job node/);
  assert.match(
    trouble({ target: { host: 'web0', labels: { job: 'other' } } }) ?? '',
    /no job other/,
  );
  assert.match(trouble({ target: { host: 'gone', labels: {} } }) ?? '', /up knows no host gone/);
});

test('without a job in the labels every job on the host is asked about', () => {
  const target = { host: 'web0', labels: {} };
  assert.equal(trouble({ target, members: [...members(5), ...members(5, 0, 'app')] }), undefined);
  assert.match(
    trouble({ target, members: [...members(5), ...members(5, 3, 'app')] }) ?? '',
    /job app/,
  );
});
