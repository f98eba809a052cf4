import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reportSchema } from './config.ts';
import { matchIncidents } from './match-incidents.ts';
import type { Incident, Problem } from './report-data.ts';
import { isoWeek, lastWeek } from './week.ts';
import { createZone } from './zone.ts';

const at = (text: string) => Date.parse(text) / 1000;

test('weeks begin on Monday by the clock of the zone, also when it changes', () => {
  const berlin = createZone('Europe/Berlin');
  // Summer time ended on 2026-10-25 at 01:00 UTC: that week had an hour more.
  assert.deepEqual(isoWeek('2026-W43', berlin), {
    ...{ from: at('2026-10-18T22:00Z'), to: at('2026-10-25T23:00Z') },
  });
  assert.deepEqual(lastWeek(at('2026-11-18T12:00Z'), berlin), {
    ...{ from: at('2026-11-08T23:00Z'), to: at('2026-11-15T23:00Z') },
  });
  const kathmandu = createZone('Asia/Kathmandu');
  assert.equal(isoWeek('2026-W01', kathmandu)?.from, at('2025-12-28T18:15Z'));
  assert.deepEqual(isoWeek('2026-W53', createZone('UTC')), {
    ...{ from: at('2026-12-28T00:00Z'), to: at('2027-01-04T00:00Z') },
  });
  for (const wrong of ['2025-W53', '2026-W00', '2026-46', 'W46'])
    assert.equal(isoWeek(wrong, berlin), undefined, wrong);
});

const problem: Problem = {
  ...{ kind: 'io_bound', labels: { instance: 'web1.example.com:9100' }, severity: 'critical' },
  ...{ firingSeconds: 600, episodes: 1, first: 10_000, last: 11_000, isOpen: false },
  peakScore: 1,
};
const incident = (more: Partial<Incident>): Incident => ({
  ...{ number: 'INC1', title: '', state: '', priority: '', opened: 10_500, resolved: undefined },
  ...{ correlationId: '', item: '', ...more },
});

test('an incident belongs to a host by its whole name, and to a time', () => {
  const matched = (more: Partial<Incident>) =>
    matchIncidents([incident(more)], [problem], () => 'guard-1')[0]?.matchedBy;
  assert.equal(matched({ correlationId: 'guard-1', opened: 0 }), 'correlation_id');
  assert.equal(matched({ title: 'WEB1: slow' }), 'time');
  assert.equal(matched({ item: 'web1.example.com' }), 'time');
  assert.equal(matched({ item: 'web10' }), undefined);
  assert.equal(matched({ item: 'web1', opened: 11_000 + 7_201 }), undefined);
  assert.equal(matched({ item: 'web1', opened: 10_000 - 901 }), undefined);
  assert.equal(matched({}), undefined);
});

test('schedules, zones and formats that mean nothing are refused', () => {
  const check = (config: object) => reportSchema.safeParse(config).success;
  assert.ok(check({ schedule: '0 7 * * MON', time_zone: 'America/New_York', formats: ['md'] }));
  assert.ok(!check({ schedule: 'weekly' }));
  assert.ok(!check({ schedule: '0 0 7 * * MON' }), 'seconds');
  assert.ok(!check({ schedule: '61 7 * * *' }));
  assert.ok(!check({ time_zone: 'Mars/Olympus' }));
  assert.ok(!check({ formats: [] }));
  assert.ok(!check({ range: '5m' }));
});
