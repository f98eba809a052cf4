import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createDirectoryNotifier } from './directory.ts';
import { parseRetryAfter } from './http-request.ts';
import type { Message } from './message.ts';
import type { NotifyError } from './notify-error.ts';
import { createPagerdutyNotifier, pagerdutySchema } from './pagerduty.ts';
import { never, secretsOf, serve } from './recording-server.contract.ts';
import { createS3Notifier, s3Schema } from './s3.ts';
import { encodeS3Path, signS3 } from './sign-s3.ts';
import { createSlackNotifier, slackBody } from './slack.ts';
import { createWebhookNotifier } from './webhook.ts';

const file = (name: string) => ({ name, contentType: 'text/plain', content: Buffer.from('hello') });
const message: Message = {
  ...{ key: 'report 1', severity: 'warning', title: 'Weekly <!channel>', text: 'a & b' },
  files: [file('latency-guard-2026-11-16.txt')],
};

/** https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html */
const AWS = {
  credentials: {
    accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
    secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
    region: 'us-east-1',
  },
  now: Date.UTC(2013, 4, 24) / 1000,
};
const signatureOf = ({ authorization = '' }: Record<string, string>) =>
  authorization.split('Signature=')[1];

test('S3 signatures are those of the documentation', () => {
  const { credentials, now } = AWS;
  const base = 'https://examplebucket.s3.amazonaws.com';
  const get = (path: string, headers = {}) =>
    signatureOf(
      signS3(
        { method: 'GET', url: new URL(base + path), headers, body: Buffer.alloc(0), now },
        credentials,
      ),
    );
  assert.equal(
    get('/test.txt', { Range: 'bytes=0-9' }),
    'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
  );
  assert.equal(
    get('/?lifecycle'),
    'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543',
  );
  assert.equal(
    get('/?max-keys=2&prefix=J'),
    '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
  );
  const put = signS3(
    {
      ...{ method: 'PUT', url: new URL(`${base}${encodeS3Path('/test$file.text')}`), now },
      headers: {
        Date: 'Fri, 24 May 2013 00:00:00 GMT',
        'x-amz-storage-class': 'REDUCED_REDUNDANCY',
      },
      body: Buffer.from('Welcome to Amazon S3.'),
    },
    credentials,
  );
  assert.equal(
    signatureOf(put),
    '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
  );
});

test('a bucket gets what it can verify, and a wrong key is told', async (t) => {
  const { credentials, now } = AWS;
  const stored = new Map<string, Buffer>();
  const { url } = await serve(t, ({ method, path, headers, body }) => {
    const names =
      /SignedHeaders=([^,]+)/.exec(String(headers.authorization))?.[1]?.split(';') ?? [];
    const own = names.filter((name) => !name.startsWith('x-amz-') && name !== 'host');
    const signed = Object.fromEntries(own.map((name) => [name, String(headers[name])]));
    const request = { method: 'PUT', url: new URL(path, `http://${headers.host}`), now } as const;
    const expected = signS3({ ...request, headers: signed, body }, credentials);
    if (method !== 'PUT' || headers.authorization !== expected.authorization)
      return { status: 403, body: '<Error><Code>SignatureDoesNotMatch</Code></Error>' };
    stored.set(path, body);
    return { body: '' };
  });
  const secret = secretsOf(t);
  const config = (key: string) =>
    s3Schema.parse({
      ...{ type: 's3', endpoint: url, bucket: 'reports', prefix: 'weekly (a)/'.replace(' ', '-') },
      ...{
        access_key_id: credentials.accessKeyId,
        secret_access_key_file: secret(key.slice(0, 4), key),
      },
    });
  await createS3Notifier(config(credentials.secretAccessKey), () => now).send(message, never());
  assert.deepEqual([...stored.keys()], ['/reports/weekly-%28a%29/latency-guard-2026-11-16.txt']);
  assert.equal(String([...stored.values()][0]), 'hello');
  await assert.rejects(createS3Notifier(config('wrong'), () => now).send(message, never()), {
    ...{ reason: 'http_403', isRetryable: false },
  });
});

test("Slack's markup in a label mentions nobody, and the address stays secret", async (t) => {
  const { blocks, text } = slackBody({ ...message, text: 'x'.repeat(9_000) });
  assert.match(text, /&lt;!channel&gt;/);
  assert.ok(blocks.every((block) => block.text.text.length <= 3_000));
  const { url, asked } = await serve(t, (_asked, count) =>
    count === 1 ? { body: 'ok' } : { status: 404, body: 'no_service' },
  );
  const webhook_url_file = secretsOf(t)('url', `${url}/services/T0/B0/SECRET`);
  const slack = createSlackNotifier({ type: 'slack', webhook_url_file });
  await slack.send(message, never());
  assert.equal(asked[0]?.path, '/services/T0/B0/SECRET');
  await assert.rejects(slack.send(message, never()), (error: NotifyError) => {
    assert.match(error.message, /HTTP 404: no_service/);
    assert.doesNotMatch(error.message, /SECRET/);
    return true;
  });
  const gone = secretsOf(t)('gone', 'http://127.0.0.1:1/services/SECRET');
  const lost = createSlackNotifier({ type: 'slack', webhook_url_file: gone });
  await assert.rejects(lost.send(message, never()), (error: NotifyError) => {
    assert.ok(error.isRetryable);
    assert.doesNotMatch(error.message, /SECRET/);
    return true;
  });
});

test('PagerDuty gets one event for each key, a webhook the files as well', async (t) => {
  const secret = secretsOf(t);
  const { url, asked } = await serve(t, () => ({ status: 202, body: { status: 'success' } }));
  const routing_key_file = secret('key', 'R123');
  const pagerduty = createPagerdutyNotifier(
    pagerdutySchema.parse({ type: 'pagerduty', routing_key_file, url }),
  );
  await pagerduty.send({ ...message, key: 'k'.repeat(300) }, never());
  const { routing_key, event_action, dedup_key, payload } = asked[0]!.json;
  assert.deepEqual([asked[0]!.path, routing_key, event_action], ['/v2/enqueue', 'R123', 'trigger']);
  assert.equal(String(dedup_key).length, 255);
  assert.equal((payload as { severity: string }).severity, 'warning');
  const bearer_token_file = secret('token', 'T');
  await createWebhookNotifier({ type: 'webhook', url, bearer_token_file }).send(message, never());
  assert.equal(asked[1]!.headers.authorization, 'Bearer T');
  assert.equal(asked[1]!.headers['idempotency-key'], 'report 1');
  const [sent] = asked[1]!.json.files as { base64: string }[];
  assert.equal(Buffer.from(sent!.base64, 'base64').toString(), 'hello');
});

test('a folder keeps the newest reports, and what is not ours', async (t) => {
  const path = mkdtempSync(join(tmpdir(), 'guard-directory-'));
  t.after(() => rmSync(path, { recursive: true }));
  writeFileSync(join(path, 'notes.txt'), 'mine');
  const keeper = createDirectoryNotifier({ type: 'directory', path, keep: 2 });
  for (const day of ['2026-11-02', '2026-11-09', '2026-11-16'])
    await keeper.send({ ...message, files: [file(`latency-guard-${day}.txt`)] }, never());
  assert.deepEqual(readdirSync(path).sort(), [
    ...['latency-guard-2026-11-09.txt', 'latency-guard-2026-11-16.txt', 'notes.txt'],
  ]);
  assert.equal(readFileSync(join(path, 'latency-guard-2026-11-16.txt'), 'utf8'), 'hello');
  const broken = createDirectoryNotifier({
    type: 'directory',
    path: join(path, 'notes.txt', 'x'),
    keep: 2,
  });
  await assert.rejects(broken.send(message, never()), /notes\.txt\/x cannot be written/);
});

test('Retry-After is seconds or a date', () => {
  const now = Date.UTC(2026, 10, 20, 12);
  assert.equal(parseRetryAfter('120', now), 120);
  assert.equal(parseRetryAfter('Fri, 20 Nov 2026 12:01:00 GMT', now), 60);
  assert.equal(parseRetryAfter('Fri, 20 Nov 2026 11:00:00 GMT', now), 0);
  assert.equal(parseRetryAfter('soon', now), undefined);
  assert.equal(parseRetryAfter(null, now), undefined);
});
