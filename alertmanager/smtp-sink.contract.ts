// A mail server for tests: the part of SMTP (RFC 5321) with AUTH PLAIN (RFC 4616) that Alertmanager speaks, on loopback.
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';

const MAX_MESSAGE_CHARS = 1_000_000;
const MAX_MAILS = 100;
const WAIT_TIMEOUT_MS = 20_000;
const POLL_MS = 25;

export interface Mail {
  readonly from: string;
  readonly to: readonly string[];
  /** `user:password` as it was sent; empty without. */
  readonly credentials: string;
  /** Unfolded, by lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  /** The decoded parts by content type, such as `text/html`. */
  readonly parts: Readonly<Record<string, string>>;
}

export interface SmtpSink {
  readonly address: string;
  readonly mails: readonly Mail[];
  /** The first mail that matches, as soon as it is there. @throws {Error} when it is not there in time. */
  waitFor(matches: (mail: Mail) => boolean): Promise<Mail>;
  stop(): Promise<void>;
}

export async function startSmtpSink(): Promise<SmtpSink> {
  const mails: Mail[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
    serve(socket, (mail) => {
      if (mails.length < MAX_MAILS) mails.push(mail);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('No TCP port was given');
  return {
    address: `127.0.0.1:${address.port}`,
    mails,
    waitFor: (matches) => waitForMail(mails, matches),
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

interface Envelope {
  from: string;
  to: string[];
  credentials: string;
  /** Lines of the message while it is sent. */
  data: string[] | undefined;
}

function serve(socket: Socket, deliver: (mail: Mail) => void): void {
  const envelope: Envelope = { from: '', to: [], credentials: '', data: undefined };
  let pending = '';
  socket.setEncoding('utf8');
  socket.write('220 sink ESMTP\r\n');
  socket.on('data', (chunk: string) => {
    pending += chunk;
    if (pending.length > MAX_MESSAGE_CHARS) return socket.destroy();
    const lines = pending.split('\r\n');
    pending = lines.pop() ?? '';
    for (const line of lines) {
      const answer = envelope.data === undefined ? command(line, envelope) : body(line, envelope);
      if (answer === DELIVERED) {
        deliver(toMail(envelope));
        Object.assign(envelope, { from: '', to: [], data: undefined });
      }
      if (answer !== '') socket.write(`${answer}\r\n`);
      if (answer.startsWith('221')) socket.end();
    }
    return undefined;
  });
}

const DELIVERED = '250 taken';

function command(line: string, envelope: Envelope): string {
  const [verb = ''] = line.toUpperCase().split(' ', 1);
  switch (verb) {
    case 'EHLO':
      return '250-sink\r\n250-8BITMIME\r\n250 AUTH PLAIN';
    case 'AUTH':
      // Three texts between NUL: whom to act as, user, password.
      envelope.credentials = Buffer.from(line.split(' ')[2] ?? '', 'base64')
        .toString()
        .split('\0')
        .slice(1)
        .join(':');
      return '235 welcome';
    case 'MAIL':
      envelope.from = addressOf(line);
      return '250 ok';
    case 'RCPT':
      envelope.to.push(addressOf(line));
      return '250 ok';
    case 'DATA':
      envelope.data = [];
      return '354 go on';
    case 'QUIT':
      return '221 bye';
    default:
      return ['RSET', 'NOOP'].includes(verb) ? '250 ok' : '502 not here';
  }
}

const addressOf = (line: string) => /<([^>]*)>/.exec(line)?.[1] ?? '';

/** A line of the message; a dot alone ends it, and a dot at its head was doubled (RFC 5321, 4.5.2). */
function body(line: string, { data = [] }: Envelope): string {
  if (line === '.') return DELIVERED;
  data.push(line.startsWith('.') ? line.slice(1) : line);
  return '';
}

function toMail({ from, to, credentials, data = [] }: Envelope): Mail {
  const { headers, content } = splitMessage(data.join('\n'));
  const boundary = /boundary="?([^";]+)"?/.exec(headers['content-type'] ?? '')?.[1];
  const messages =
    boundary === undefined ? [data.join('\n')] : content.split(`--${boundary}`).slice(1, -1);
  const parts = messages.map((text) => {
    const part = splitMessage(text.replace(/^\n/, ''));
    const type = (part.headers['content-type'] ?? '').split(';', 1)[0]!;
    const encoded = part.headers['content-transfer-encoding'] === 'quoted-printable';
    return [type, encoded ? decodeQuotedPrintable(part.content) : part.content];
  });
  return { from, to: [...to], credentials, headers, parts: Object.fromEntries(parts) };
}

function splitMessage(text: string): { headers: Record<string, string>; content: string } {
  const end = text.indexOf('\n\n');
  const lines = text
    .slice(0, end)
    .replaceAll(/\n[ \t]+/g, ' ')
    .split('\n');
  const headers = lines.map((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  });
  return { headers: Object.fromEntries(headers), content: text.slice(end + 2) };
}

/** RFC 2045, 6.7. */
function decodeQuotedPrintable(text: string): string {
  const bytes = text
    .replaceAll('=\n', '')
    .replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => `\0${hex}`);
  return Buffer.concat(
    bytes
      .split(/(\0[0-9A-F]{2})/)
      .map((piece) =>
        piece.startsWith('\0') ? Buffer.from(piece.slice(1), 'hex') : Buffer.from(piece),
      ),
  ).toString('utf8');
}

async function waitForMail(
  mails: readonly Mail[],
  matches: (mail: Mail) => boolean,
): Promise<Mail> {
  const deadline = Date.now() + WAIT_TIMEOUT_MS;
  while (Date.now() < deadline) {
    const found = mails.find(matches);
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  throw new Error(`No such mail within ${WAIT_TIMEOUT_MS} ms; arrived: ${JSON.stringify(mails)}`);
}
