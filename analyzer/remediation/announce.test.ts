// What Alertmanager is told of work, on the real one.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import pino from 'pino';
import {
  type AlertmanagerProcess,
  startAlertmanager,
} from '../../alertmanager/alertmanager-process.ts';
import { createAlertmanagerClient } from '../alerts/alertmanager.ts';
import type { ActionRecord } from '../store/action-record.ts';
import { createAnnouncer } from './announce.ts';
import { createSilenceClient } from './silence.ts';

let alertmanager: AlertmanagerProcess;
before(async () => {
  alertmanager = await startAlertmanager(
    'route: {receiver: nobody}\nreceivers: [{name: nobody}]\n',
  );
});
after(() => alertmanager.stop());

const LABELS = { kind: 'memory_leak', instance: 'web1:10910', group: 'shop' };
const action = (changes: Partial<ActionRecord> = {}) =>
  ({
    ...{ id: 'a1', playbook: 'restart', kind: 'memory_leak', host: 'web1', mode: 'approve' },
    labels: { ...LABELS, host: 'web1', severity: 'warning', job: 'node' },
    ...{ state: 'running', reason: 'begins', created: Date.now() / 1000 },
    ...changes,
  }) as ActionRecord;

async function read<T>(path: string): Promise<T> {
  return (await (await fetch(`${alertmanager.url}/api/v2/${path}`)).json()) as T;
}

interface Alert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly status: { readonly state: string; readonly silencedBy: readonly string[] };
}

interface SilenceView {
  readonly comment: string;
  readonly endsAt: string;
  readonly status: { readonly state: string };
}

const alerts = (name: string) => read<Alert[]>(`alerts?filter=alertname%3D%22${name}%22`);
const silences = async (state: string) =>
  (await read<SilenceView[]>('silences')).filter((one) => one.status.state === state);

function createOne() {
  const client = createAlertmanagerClient([alertmanager.url], { timeoutMs: 20_000 });
  const options = { timeoutMs: 20_000 };
  return {
    client,
    announcer: createAnnouncer({
      alertmanager: client,
      silences: createSilenceClient([alertmanager.url], options),
      log: pino({ level: 'silent' }),
    }),
  };
}

test('while an action runs its alert is silent on that host alone, and afterwards no more', async () => {
  const { client, announcer } = createOne();
  const now = Date.now() / 1000;
  const endsAt = new Date((now + 600) * 1000).toISOString();
  const startsAt = new Date(now * 1000).toISOString();
  const post = (labels: Readonly<Record<string, string>>) => ({
    labels: { alertname: 'GuardMemoryLeak', severity: 'warning', job: 'node', ...labels },
    ...{ annotations: {}, startsAt, endsAt },
  });
  await client.send([
    post(LABELS),
    post({ ...LABELS, instance: 'web2:10910' }),
    post({ ...LABELS, group: 'wiki' }),
    post({ ...LABELS, kind: 'io_bound' }),
  ]);
  await announcer.tell([action()], now);
  const silenced = async () => {
    const all = await alerts('GuardMemoryLeak');
    return all.filter(({ status }) => status.silencedBy.length > 0).map(({ labels }) => labels);
  };
  assert.deepEqual(await silenced(), [post(LABELS).labels]);
  const [silence] = await silences('active');
  assert.match(silence?.comment ?? '', /restart works on it: guard actions show a1/);
  const left = Date.parse(silence?.endsAt ?? '') / 1000 - now;
  assert.ok(left > 60 && left < 300, 'it expires by itself soon after a death of ours');
  await announcer.tell([action({ state: 'settling' })], now + 100);
  assert.equal((await silences('active')).length, 1, 'renewed, not doubled');
  assert.equal((await silenced()).length, 1);
  await announcer.tell([], now + 101);
  assert.deepEqual(await silences('active'), []);
  assert.deepEqual(await silenced(), []);
});

test('GuardRemediationRunning carries the labels of the finding, and ends with the work', async () => {
  const { announcer } = createOne();
  const now = Date.now() / 1000;
  await announcer.tell([action({ id: 'b' })], now);
  const [alert] = await alerts('GuardRemediationRunning');
  assert.deepEqual(alert?.labels, {
    alertname: 'GuardRemediationRunning',
    severity: 'none',
    ...LABELS,
  });
  await announcer.tell([], now);
  assert.deepEqual(await alerts('GuardRemediationRunning'), []);
});

test('what waits for a person holds no page back; what begins by itself does, for a while', async () => {
  const { announcer } = createOne();
  const now = Date.now() / 1000;
  await announcer.tell([action({ state: 'waiting' }), action({ id: 'c', state: 'approved' })], now);
  assert.deepEqual(await alerts('GuardRemediationRunning'), []);
  const soon = action({ id: 'd', state: 'proposed', mode: 'auto', created: now });
  await announcer.tell([soon], now);
  assert.equal((await alerts('GuardRemediationRunning')).length, 1);
  assert.deepEqual(await silences('active'), [], 'nothing runs yet');
  await announcer.tell([{ ...soon, created: now - 200 }], now);
  assert.deepEqual(await alerts('GuardRemediationRunning'), []);
});

test('what did not help is told as critical, what could not be read is not', async () => {
  const { announcer } = createOne();
  const now = Date.now() / 1000;
  await announcer.failed(action({ state: 'proved', verdict: 'unknown' }), now);
  assert.deepEqual(await alerts('GuardRemediationFailed'), []);
  await announcer.failed(action({ state: 'proved', verdict: 'no_effect', reason: '1 → 1' }), now);
  const [alert] = await alerts('GuardRemediationFailed');
  assert.deepEqual(alert?.labels, {
    alertname: 'GuardRemediationFailed',
    severity: 'critical',
    ...LABELS,
  });
  assert.match(alert?.annotations.description ?? '', /Tried: restart\. 1 → 1\./);
});

test('an alert without instance is never silenced, and no silence is without name', async () => {
  const { announcer } = createOne();
  await announcer.tell([action({ id: 'e', labels: { kind: 'memory_leak' } })], Date.now() / 1000);
  assert.deepEqual(await silences('active'), []);
  const client = createSilenceClient([alertmanager.url], { timeoutMs: 20_000 });
  const request = { from: 0, to: 1, comment: 'x' };
  await assert.rejects(
    client.create({ ...request, labels: { kind: 'memory_leak' } }),
    /needs the instance/,
  );
  await assert.rejects(
    client.create({ ...request, labels: { instance: 'web1:1' } }),
    /needs the instance/,
  );
});

test('an Alertmanager that is down stops nothing', async () => {
  const urls = ['http://127.0.0.1:1'];
  const announcer = createAnnouncer({
    alertmanager: createAlertmanagerClient(urls, { timeoutMs: 2_000 }),
    silences: createSilenceClient(urls, { timeoutMs: 2_000 }),
    log: pino({ level: 'silent' }),
  });
  await assert.doesNotReject(announcer.tell([action()], 1_000));
  await assert.doesNotReject(announcer.tell([], 1_001));
  await assert.doesNotReject(announcer.failed(action(), 1_002));
});

test('a silence that Alertmanager has forgotten is made anew', async () => {
  const { client } = createOne();
  const real = createSilenceClient([alertmanager.url], { timeoutMs: 20_000 });
  let isFirst = true;
  const announcer = createAnnouncer({
    alertmanager: client,
    silences: {
      ...real,
      async create(request, previous) {
        const made = await real.create(request, previous);
        if (!isFirst) return made;
        isFirst = false;
        return made.map((one) => ({ ...one, id: randomUUID() }));
      },
    },
    log: pino({ level: 'silent' }),
  });
  const now = Date.now() / 1000;
  await announcer.tell([action({ id: 'f' })], now);
  await announcer.tell([action({ id: 'f' })], now + 100);
  assert.equal((await silences('active')).length, 1, 'it cannot be prolonged');
  await announcer.tell([action({ id: 'f' })], now + 101);
  assert.equal((await silences('active')).length, 2);
  await announcer.tell([], now + 102);
  assert.equal((await silences('active')).length, 1);
});
