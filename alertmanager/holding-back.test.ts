// What a real Alertmanager with our inhibition does not send: victims of a known root, pages while a remediation works, muted hours.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { stringify } from 'yaml';
import { z } from 'zod';
import { type AlertSink, type Delivery, startAlertSink } from './alert-sink.ts';
import { type AlertmanagerProcess, startAlertmanager } from './alertmanager-process.ts';
import { impatient, type Route, readConfig } from './config-file.ts';

const STATE_TIMEOUT_MS = 15_000;
const POLL_MS = 50;
const EVERY_DAY = [{ weekdays: ['sunday:saturday'] }];

let sink: AlertSink;
let alertmanager: AlertmanagerProcess;
before(async () => {
  sink = await startAlertSink();
  alertmanager = await startAlertmanager(alwaysMutedConfig(sink.url));
});
after(async () => {
  await alertmanager?.stop();
  await sink?.stop();
});

/** Our routing without its patience, at a moment that every named time covers. */
function alwaysMutedConfig(url: string): string {
  const { route, receivers, time_intervals, ...rest } = readConfig('alertmanager.yml');
  const named = time_intervals as { name: string }[];
  return stringify({
    ...rest,
    templates: [join(import.meta.dirname, 'templates/*.tmpl')],
    time_intervals: named.map(({ name }) => ({ name, time_intervals: EVERY_DAY })),
    route: withMutes(impatient(route), route),
    receivers: receivers.map(({ name }) => ({
      name,
      webhook_configs: [{ url: `${url}/${name}` }],
    })),
  });
}

function withMutes(quick: Route, { routes = [] }: Route): Route {
  const children = (quick.routes ?? []).map((each, index) => {
    const mutes = routes[index]?.mute_time_intervals;
    return mutes === undefined ? each : { ...each, mute_time_intervals: mutes };
  });
  return { ...quick, routes: children };
}

type Labels = Readonly<Record<string, string>>;
interface Alert {
  readonly labels: Labels;
  readonly endsAt?: string;
}

const alert = (alertname: string, kind: string, labels: Labels = {}): Alert => ({
  labels: { alertname, kind, severity: 'warning', ...labels },
});

async function post(...alerts: readonly Alert[]): Promise<void> {
  const response = await fetch(`${alertmanager.url}/api/v2/alerts`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(alerts.map((each) => ({ annotations: { summary: 'x' }, ...each }))),
  });
  assert.equal(response.status, 200, await response.text());
}

const ended = (each: Alert): Alert => ({ ...each, endsAt: new Date().toISOString() });
const about = (path: string, text: string) => (delivery: Delivery) =>
  delivery.path === path && JSON.stringify(delivery.body).includes(text);
const apiAlerts = z.array(
  z.looseObject({
    labels: z.record(z.string(), z.string()),
    status: z.looseObject({ state: z.string() }),
  }),
);

/** The alert has this state, as soon as it has it. */
async function reaches({ labels }: Alert, wanted: 'active' | 'suppressed'): Promise<void> {
  const deadline = Date.now() + STATE_TIMEOUT_MS;
  while (Date.now() < deadline) {
    const response = await fetch(`${alertmanager.url}/api/v2/alerts`);
    const found = apiAlerts
      .parse(await response.json())
      .find((each) => Object.entries(labels).every(([key, value]) => each.labels[key] === value));
    if (found?.status.state === wanted) return;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  assert.fail(`${JSON.stringify(labels)} was not ${wanted} within ${STATE_TIMEOUT_MS} ms`);
}

const host = (instance: string, labels: Labels = {}) => ({ instance, ...labels });

/** Who is known to be the reason, and what follows from it on the same host and on another one. */
const ROOTS: readonly (readonly [root: Alert, victim: (instance: string) => Alert])[] = [
  [
    alert('GuardCpuSaturation', 'cpu_saturation', host('r1', { group: 'hog' })),
    (instance) => alert('GuardHostCpuHigh', 'host_cpu', host(instance)),
  ],
  [
    alert('GuardMemoryLeak', 'memory_leak', host('r2', { group: 'java' })),
    (instance) => alert('GuardHostMemoryHigh', 'host_memory', host(instance)),
  ],
  [
    alert('GuardMemoryPressure', 'memory_pressure', host('r3', { group: 'java' })),
    (instance) => alert('GuardIoBound', 'io_bound', host(instance, { group: 'victim' })),
  ],
  [
    alert('GuardIoBound', 'io_bound', host('r4', { group: 'backup' })),
    (instance) => alert('GuardDiskSaturated', 'disk', host(instance, { device: 'sda' })),
  ],
  [
    alert('GuardMemoryLeak', 'memory_leak', host('r5', { group: 'java' })),
    (instance) =>
      alert(
        'GuardRunsOutSoon',
        'runs_out',
        host(instance, { group: 'java', signal: 'group_memory' }),
      ),
  ],
  [
    alert('GuardFilesystemFilling', 'filesystem', host('r6', { mountpoint: '/var' })),
    (instance) =>
      alert('GuardRunsOutSoon', 'runs_out', host(instance, { mountpoint: '/var', signal: 'fs' })),
  ],
];

for (const [root, victimOn] of ROOTS) {
  const victim = victimOn(root.labels.instance!);
  test(`${root.labels.alertname} holds back ${victim.labels.alertname} of the same host, and no other`, async () => {
    await post(root);
    await reaches(root, 'active');
    const elsewhere = victimOn(`${root.labels.instance}-other`);
    await post(victim, elsewhere);
    await reaches(victim, 'suppressed');
    await reaches(elsewhere, 'active');
    await reaches(root, 'active');
  });
}

test('a leak does not hold back what runs out for another reason', async () => {
  await post(alert('GuardMemoryLeak', 'memory_leak', host('r7', { group: 'java' })));
  const others = [
    alert('GuardRunsOutSoon', 'runs_out', host('r7', { group: 'go', signal: 'group_memory' })),
    alert('GuardRunsOutSoon', 'runs_out', host('r7', { mountpoint: '/', signal: 'filesystem' })),
  ];
  await post(...others);
  for (const other of others) await reaches(other, 'active');
});

test('the remediator hears first; the page waits while it works, and is sent when it failed', async () => {
  const subject = host('p1', { group: 'hog', severity: 'critical' });
  const finding = alert('GuardCpuSaturation', 'cpu_saturation', subject);
  const running = alert('GuardRemediationRunning', 'cpu_saturation', {
    ...subject,
    severity: 'none',
  });
  const sameKind = alert('GuardCpuSaturation', 'cpu_saturation', { ...subject, group: 'other' });
  await post(running);
  await reaches(running, 'active');
  await post(finding, sameKind);
  await reaches(finding, 'suppressed');
  await reaches(sameKind, 'active');
  await sink.waitFor(about('/page', '"group":"other"'));
  assert.equal(sink.deliveries.some(about('/page', '"group":"hog"')), false);
  await post(ended(running), alert('GuardRemediationFailed', 'cpu_saturation', subject));
  await sink.waitFor(about('/page', 'GuardRemediationFailed'));
  await sink.waitFor(about('/page', '"group":"hog"'));
  assert.equal(
    sink.deliveries.some(({ path }) => path === '/nobody'),
    true,
  );
  assert.equal(sink.deliveries.some(about('/page', 'GuardRemediationRunning')), false);
});

test('a finding that is repaired in time pages nobody', async () => {
  const subject = host('p2', { group: 'mended', severity: 'critical' });
  const finding = alert('GuardIoBound', 'io_bound', subject);
  await post(alert('GuardRemediationRunning', 'io_bound', { ...subject, severity: 'none' }));
  await post(finding);
  await reaches(finding, 'suppressed');
  await post(ended(finding));
  await post(alert('GuardIoBound', 'io_bound', host('p3', { severity: 'critical' })));
  await sink.waitFor(about('/page', 'p3'));
  assert.equal(sink.deliveries.some(about('/page', 'mended')), false);
});

test('information is muted at its hours, a page never', async () => {
  await post(
    alert('GuardForecastLate', 'forecast', host('m1', { severity: 'info' })),
    alert('GuardExporterDown', 'host_down', host('m2', { severity: 'critical' })),
  );
  await sink.waitFor(about('/page', 'm2'));
  await sink.waitFor(about('/tickets', 'm2'));
  assert.equal(
    sink.deliveries.some(({ path }) => path === '/low'),
    false,
  );
});
