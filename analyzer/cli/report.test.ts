import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { correlationId } from '../notify/correlation.ts';
import { secretsOf, serve } from '../notify/recording-server.contract.ts';
import {
  END,
  guard,
  type PastPrometheus,
  startPastPrometheus,
} from './past-prometheus.contract.ts';
import { EVIL, pastWeeks } from './week-past.contract.ts';

const folder = mkdtempSync(join(tmpdir(), 'guard-report-'));
let prometheus: PastPrometheus;

before(async () => {
  prometheus = await startPastPrometheus(pastWeeks());
});
after(async () => {
  await prometheus?.stop();
  rmSync(folder, { recursive: true });
});

const report = (...args: readonly string[]) =>
  guard('report', `--prometheus.url=${prometheus.url}`, '--time-zone=UTC', ...args);

/** What no reader should meet. */
const PLACEHOLDER = /NaN|undefined|Infinity|\[object|TODO|null/;

test('a week of the past: every format, from the same figures, without a placeholder', async () => {
  const { status, stdout, stderr } = await report('--to', String(END), '--output', folder);
  assert.equal(status, 0, stderr);
  const names = readdirSync(folder).sort();
  assert.deepEqual(
    names,
    ['html', 'md', 'pdf', 'txt'].map((each) => `latency-guard-2023-11-14.${each}`),
  );
  assert.equal(stdout.trim().split('\n').length, 4);
  const read = (extension: string) =>
    readFileSync(join(folder, `latency-guard-2023-11-14.${extension}`), 'utf8');
  for (const text of [read('html'), read('md'), read('txt')]) {
    assert.doesNotMatch(text, PLACEHOLDER);
    for (const known of ['I/O bound', 'postgres', '1 in trouble', 'Fri 11-17 00:00', '+10.1 %'])
      assert.ok(text.replaceAll('\\', '').includes(known), `${known} is missing`);
    assert.match(
      text.replaceAll('\\', ''),
      /Active sessions: not available\. No samples in this range/,
    );
  }
  const html = read('html');
  assert.ok(!html.includes(EVIL) && !html.includes('<img'), 'labels are escaped');
  assert.doesNotMatch(html, /<script|src=["']?http|@import|url\(/);
  assert.doesNotMatch(read('md').replaceAll('\\', ''), /<img/);
  const pdf = readFileSync(join(folder, 'latency-guard-2023-11-14.pdf'));
  assert.equal(pdf.subarray(0, 5).toString(), '%PDF-');
  assert.ok(pdf.length > 20_000 && pdf.subarray(-8).toString().includes('%%EOF'));
});

test('incidents of ServiceNow are matched to bottlenecks, and the report is sent', async (t) => {
  const id = correlationId({
    kind: 'io_bound',
    labels: { instance: 'db:10910', group: 'postgres' },
  });
  const incident = (number: string, opened: string, more: object = {}) => ({
    ...{ number, state: 'New', priority: '2 - High', opened_at: opened, resolved_at: '' },
    ...{ short_description: 'checkout slow', correlation_id: '', cmdb_ci: '', ...more },
  });
  const servicenow = await serve(t, () => ({
    body: {
      result: [
        incident('INC1', '2023-11-10 10:00:00', { correlation_id: id }),
        incident('INC2', '2023-11-13 00:40:00', { cmdb_ci: 'DB' }),
        incident('INC3', '2023-11-09 12:00:00', { cmdb_ci: 'db' }),
      ],
    },
  }));
  const chat = await serve(t, () => ({ body: 'ok' }));
  const secret = secretsOf(t);
  const config = join(folder, 'analyzer.yml');
  writeFileSync(
    config,
    JSON.stringify({
      prometheus: { url: prometheus.url },
      notify: {
        channels: { ops: { type: 'slack', webhook_url_file: secret('url', chat.url) } },
        tickets: {
          servicenow: { url: servicenow.url, user: 'u', password_file: secret('p', 'x') },
        },
      },
      report: { send_to: ['ops'] },
    }),
  );
  const flags = ['--time-zone=UTC', `--config.file=${config}`, '--to', String(END), '--send'];
  const { status, stdout, stderr } = await guard('report', ...flags);
  assert.equal(status, 0, stderr);
  assert.match(stdout, /INC1 .* I\/O bound in db:10910 postgres\n/);
  assert.match(stdout, /INC2 .* I\/O bound in db:10910 postgres/);
  assert.match(stdout, /INC3 .* no bottleneck was seen/);
  assert.match(JSON.stringify(chat.asked[0]?.json), /1 in trouble/);
  assert.match(stderr, /sent to ops/);
});

test('a range of which nothing is known is told as such', async () => {
  const { status, stdout, stderr } = await report('--to', '2020-01-08T00:00Z');
  assert.equal(status, 2);
  assert.match(stdout, /No host was seen/);
  assert.doesNotMatch(stdout, PLACEHOLDER);
  assert.match(stderr, /has nothing of this range/);
});

test('what cannot be meant is refused', async () => {
  const check = async (want: RegExp, ...args: readonly string[]) => {
    const { status, stderr } = await report(...args);
    assert.notEqual(status, 0);
    assert.match(stderr, want);
  };
  await check(/expected formats of html, pdf/, '--format=docx');
  await check(/not both/, '--week', '2023-W45', '--from=7d');
  await check(/such as 2026-W46/, '--week', '2023-W54');
  await check(/10 minutes before/, '--from=1m');
  await check(/names nobody/, '--send');
  const { status, stderr } = await guard('report', '--time-zone=Mars/Olympus');
  assert.notEqual(status, 0);
  assert.match(stderr, /Europe\/Berlin/);
});
