import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { makeAuthority, makeCertificate } from '../../service/certificates.contract.ts';
import { createEmailNotifier, emailSchema } from './email.ts';
import type { Message } from './message.ts';
import type { NotifyError } from './notify-error.ts';
import { never, secretsOf } from './recording-server.contract.ts';

const message: Message = {
  ...{ key: 'a', severity: 'info', title: 'Weekly report', text: 'All right.' },
  files: [{ name: 'report.html', contentType: 'text/html', content: Buffer.from('<p>hi</p>') }],
};

interface Arrived {
  readonly user: string;
  readonly secure: boolean;
  readonly to: readonly string[];
  readonly raw: string;
}

async function mailServer(t: TestContext, options: SMTPServerOptions = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'guard-mail-'));
  const authority = makeAuthority(folder, 'authority');
  const names = 'DNS:localhost,IP:127.0.0.1';
  const { cert, key } = makeCertificate({ folder, name: 'mail', authority, names });
  const arrived: Arrived[] = [];
  const server = new SMTPServer({
    ...{ cert: readFileSync(cert), key: readFileSync(key), logger: false },
    onAuth({ username, password }, _session, done) {
      if (username === 'guard' && password === 'hunter2') done(null, { user: username });
      else done(new Error('wrong'));
    },
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const to = session.envelope.rcptTo.map(({ address }) => address);
        const raw = Buffer.concat(chunks).toString();
        arrived.push({ user: String(session.user ?? ''), secure: session.secure, to, raw });
        done();
      });
    },
    ...options,
  });
  server.on('error', () => {});
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  t.after(async () => {
    await new Promise<void>((resolve) => server.close(() => resolve()));
    rmSync(folder, { recursive: true });
  });
  const { port } = server.server.address() as AddressInfo;
  const notifier = (more: object = {}) =>
    createEmailNotifier(
      emailSchema.parse({
        ...{ type: 'email', host: '127.0.0.1', port, user: 'guard', ca_file: authority.cert },
        ...{ password_file: secretsOf(t)('password', 'hunter2') },
        ...{ from: 'guard@example.com', to: ['sre@example.com', 'boss@example.com'] },
        ...more,
      }),
    );
  return { arrived, notifier };
}

test('a report arrives by STARTTLS, with its files, from who has the password', async (t) => {
  const { arrived, notifier } = await mailServer(t);
  await notifier().send(message, never());
  const [mail] = arrived;
  assert.deepEqual([mail?.user, mail?.secure], ['guard', true]);
  assert.deepEqual(mail?.to, ['sre@example.com', 'boss@example.com']);
  assert.match(mail?.raw ?? '', /^Subject: Weekly report\r$/m);
  assert.match(mail?.raw ?? '', /All right\./);
  assert.match(mail?.raw ?? '', /filename=report\.html/);
  assert.ok(mail?.raw.includes(Buffer.from('<p>hi</p>').toString('base64')));
});

test('who cannot be trusted, does not encrypt or knows us not gets nothing', async (t) => {
  const { arrived, notifier } = await mailServer(t);
  const check = (sender: ReturnType<typeof notifier>, isRetryable: boolean) =>
    assert.rejects(sender.send(message, never()), (error: NotifyError) => {
      assert.equal(error.isRetryable, isRetryable, error.message);
      assert.doesNotMatch(error.message, /hunter2|not-it/);
      return true;
    });
  await check(notifier({ password_file: secretsOf(t)('password', 'not-it') }), false);
  await check(notifier({ ca_file: undefined }), false);
  const plain = await mailServer(t, { disabledCommands: ['STARTTLS'], allowInsecureAuth: true });
  await check(plain.notifier(), false);
  await check(notifier({ port: 1 }), true);
  assert.deepEqual([arrived.length, plain.arrived.length], [0, 0]);
  await plain.notifier({ security: 'none' }).send(message, never());
  assert.equal(plain.arrived[0]?.secure, false);
});

test('a server that says later is worth another attempt', async (t) => {
  const { notifier } = await mailServer(t, {
    onMailFrom(_address, _session, done) {
      done(Object.assign(new Error('greylisted'), { responseCode: 451 }));
    },
  });
  await assert.rejects(notifier().send(message, never()), {
    reason: 'smtp_451',
    isRetryable: true,
  });
});

test('a label in a subject adds no header', async (t) => {
  const { arrived, notifier } = await mailServer(t);
  await notifier().send({ ...message, title: 'x\r\nBcc: evil@example.com' }, never());
  assert.deepEqual(arrived[0]?.to, ['sre@example.com', 'boss@example.com']);
  assert.doesNotMatch(arrived[0]?.raw ?? '', /^Bcc:/m);
});
