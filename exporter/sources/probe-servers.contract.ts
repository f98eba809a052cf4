// Servers on loopback that probes are tested against: certificates, an address that swallows everything, a tiny DNS server.
import { execFileSync, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, connect, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';

/** Listens on a free port of 127.0.0.1 until the test ends. */
export async function listen(t: TestContext, server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    if ('closeAllConnections' in server && typeof server.closeAllConnections === 'function') {
      server.closeAllConnections();
    }
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** A port of 127.0.0.1 on which nobody listens. */
export async function closedPort(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** A self-signed certificate of localhost and 127.0.0.1, made by openssl. */
export function createCertificate(t: TestContext, days = 30) {
  const folder = mkdtempSync(join(tmpdir(), 'guard-certificate-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const [keyFile, certFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const names = 'subjectAltName=DNS:localhost,IP:127.0.0.1';
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const request = ['req', '-x509', ...key, '-keyout', keyFile, '-out', certFile];
  const subject = ['-days', '1', '-subj', '/CN=localhost', '-addext', names];
  execFileSync('openssl', [...request, ...subject], { stdio: 'ignore' });
  // `openssl req` refuses a certificate that has expired already, signing it again does not.
  const signed = ['x509', '-in', certFile, '-signkey', keyFile, '-days', String(days)];
  execFileSync('openssl', [...signed, '-out', certFile], { stdio: 'ignore' });
  const end = ['x509', '-in', certFile, '-noout', '-enddate', '-dateopt', 'iso_8601'];
  const enddate = execFileSync('openssl', end, { encoding: 'utf8' });
  return {
    certFile,
    key: readFileSync(keyFile),
    cert: readFileSync(certFile),
    /** As openssl reads it: `notAfter=2026-12-20 14:24:04Z`. */
    expirySeconds: Date.parse(enddate.trim().replace('notAfter=', '').replace(' ', 'T')) / 1000,
  };
}

const STOPPED_SERVER = `
  const server = require('node:net').createServer();
  server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
    console.log(server.address().port);
    process.kill(process.pid, 'SIGSTOP');
  });`;

/** A port whose listener never accepts and whose queue is full: the kernel drops every further SYN, as a firewall would. */
export async function blackholePort(t: TestContext): Promise<number> {
  const child = spawn(process.execPath, ['-e', STOPPED_SERVER], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  // Linux takes one more than the backlog says; what comes later stays in the air.
  const fillers = Array.from({ length: 4 }, () => {
    const socket = connect(Number(line), '127.0.0.1').on('error', () => {});
    return { socket, connected: once(socket, 'connect').catch(() => {}) };
  });
  t.after(() => {
    for (const { socket } of fillers) socket.destroy();
  });
  await Promise.all(fillers.slice(0, 2).map(({ connected }) => connected));
  return Number(line);
}

const RCODES = { 'down.test': 2, 'nowhere.test': 3, 'forbidden.test': 5 } as const;

/**
 * A DNS server: `shop.test` has the A record 192.0.2.7 and no other, `silent.test` is never answered, the other names
 * have the response codes above (RFC 1035, section 4.1).
 */
export async function dnsServer(t: TestContext): Promise<{ port: number; asked: string[] }> {
  const socket = createSocket('udp4');
  const asked: string[] = [];
  socket.on('message', (query, { port, address }) => {
    const { name, recordType, end } = readQuestion(query);
    asked.push(name);
    if (name === 'silent.test') return;
    const rcode = RCODES[name as keyof typeof RCODES] ?? 0;
    const answers = name === 'shop.test' && recordType === 1 ? 1 : 0;
    const header = Buffer.from(query.subarray(0, 12));
    header.writeUInt16BE(0x8180 | rcode, 2);
    header.writeUInt16BE(answers, 6);
    header.writeUInt32BE(0, 8);
    const record = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 7]);
    const body = answers === 1 ? [record] : [];
    socket.send(Buffer.concat([header, query.subarray(12, end), ...body]), port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  t.after(() => socket.close());
  return { port: socket.address().port, asked };
}

function readQuestion(query: Buffer): { name: string; recordType: number; end: number } {
  const labels: string[] = [];
  let at = 12;
  while (at < query.length && query[at] !== 0) {
    const length = query[at] ?? 0;
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += length + 1;
  }
  const name = labels.join('.').toLowerCase();
  return { name, recordType: query.readUInt16BE(at + 1), end: at + 5 };
}
