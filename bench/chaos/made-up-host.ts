// A host whose counters are a function of time, as our exporter would tell them: two CPUs, of which one group takes nearly all.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The group that every case expects an alert about. */
export const HOG = 'hog';
const IDLE_RATE = 0.04;
const GROUPS = [
  { name: HOG, cores: 1.9, runnable: 0.8, busiest: 0.97, megabytes: 300 },
  { name: 'calm', cores: 0.03, runnable: 0, busiest: 0.02, megabytes: 80 },
] as const;

export interface MadeUpHost {
  readonly port: number;
  /** More groups beside the two, for a host whose labels have run away. */
  crowd(groups: number): void;
  close(): Promise<void>;
}

export async function startHost(): Promise<MadeUpHost> {
  let crowd = 0;
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'Content-Type': 'text/plain; version=0.0.4' });
    response.end(renderMetrics(Date.now() / 1000, crowd));
  });
  return {
    port: await listen(server),
    crowd: (groups) => {
      crowd = groups;
    },
    close: () => end(server),
  };
}

/** @param now Unix seconds; every counter is its rate times these. */
export function renderMetrics(now: number, crowd = 0): string {
  const lines: string[] = [];
  const write = (name: string, labels: string, value: number) =>
    lines.push(`guard_${name}${labels === '' ? '' : `{${labels}}`} ${value}`);
  for (const cpu of [0, 1]) {
    write('cpu_seconds_total', `cpu="${cpu}",mode="user"`, now * (1 - IDLE_RATE));
    write('cpu_seconds_total', `cpu="${cpu}",mode="idle"`, now * IDLE_RATE);
  }
  write('pressure_cpu_waiting_seconds_total', '', now * 0.6);
  write('memory_total_bytes', '', 4e9);
  write('memory_available_bytes', '', 3e9);
  for (const { name, cores, runnable, busiest, megabytes } of GROUPS) {
    const group = `group="${name}"`;
    write('process_cpu_seconds_total', `${group},mode="user"`, now * cores);
    write('process_thread_seconds_total', `${group},state="running"`, now * cores);
    write('process_thread_seconds_total', `${group},state="runnable"`, now * runnable);
    write('process_busiest_thread_ratio', group, busiest);
    write('process_resident_memory_bytes', group, megabytes * 1e6);
    write('process_anonymous_memory_bytes', group, megabytes * 1e6);
    write('process_threads', group, 4);
    write('process_processes', group, 1);
  }
  for (let index = 0; index < crowd; index += 1) {
    const group = `group="crowd-${index}-${'x'.repeat(40)}"`;
    write('process_cpu_seconds_total', `${group},mode="user"`, now * 1e-6);
    write('process_threads', group, 1);
  }
  return `${lines.join('\n')}\n`;
}

export async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return (server.address() as AddressInfo).port;
}

export async function end(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  await closed;
}

export async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  await end(server);
  return port;
}
