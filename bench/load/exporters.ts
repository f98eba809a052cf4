// Serves the /metrics of a whole fleet on one loopback port, one host per `?host=`. A child of the bench: told of faults by
// message, it answers which of them were seen by a scrape, and when.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createFleet, type Fault, type FleetOptions } from './fleet.ts';

export type FromExporters =
  | { readonly port: number }
  /** Unix seconds of the first scrape whose samples show the fault. */
  | { readonly scraped: Fault; readonly at: number };

const fleet = createFleet(JSON.parse(process.argv[2] ?? '{}') as FleetOptions);
const faults = new Map<number, Fault>();
const scraped = new Set<number>();

process.on('message', (fault: Fault) => faults.set(fault.host, fault));
process.once('disconnect', () => process.exit());

const server = createServer((request, response) => {
  const host = Number(new URL(request.url ?? '/', 'http://localhost').searchParams.get('host'));
  if (!Number.isInteger(host) || host < 0 || host >= fleet.options.hosts) {
    response.writeHead(404).end(`no host ${host}\n`);
    return;
  }
  const now = Date.now() / 1000;
  const fault = faults.get(host);
  response.setHeader('Content-Type', 'text/plain; version=0.0.4; charset=utf-8');
  response.end(fleet.render(host, now, fault));
  if (fault === undefined || now <= fault.from || scraped.has(host)) return;
  scraped.add(host);
  send({ scraped: fault, at: now });
});
server.keepAliveTimeout = 120_000;
server.listen(0, '127.0.0.1', () => send({ port: (server.address() as AddressInfo).port }));

function send(message: FromExporters): void {
  process.send?.(message);
}
