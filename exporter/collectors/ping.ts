// Round-trip time and loss to some targets, by one long-lived ping child each.
import { z } from 'zod';
import { duration } from '../../service/config.ts';
import { counter, gauge, type MetricFamily, type Sample } from '../promformat/family.ts';
import {
  createPingSource,
  type PingListener,
  type PingOptions,
  type PingSource,
} from '../sources/ping.ts';
import { type Collector, NoDataError } from './collector.ts';
import { parsePingLine } from './ping-output.ts';
import { createPingTally, type PingTally } from './ping-tally.ts';

const MAX_TARGETS = 64;
/** After so many packets without an answer the child is replaced: its name may mean another address by now. */
const RESTART_AFTER_UNANSWERED = 60;

const address = () =>
  z.string().regex(/^[\p{L}\p{N}_:][\p{L}\p{N}_.:%-]{0,252}$/u, {
    error: 'expected a host name or an address',
  });
const target = () =>
  z
    .union(
      [address(), z.strictObject({ address: address(), name: z.string().min(1).optional() })],
      {
        error: 'expected a host name, an address, or {address: …, name: …}',
      },
    )
    .transform((value) => {
      if (typeof value === 'string') return { address: value, name: value };
      return { address: value.address, name: value.name ?? value.address };
    });

export const pingConfigSchema = z
  .strictObject({
    interval: duration({ min: 0.2, max: 60 }).prefault('1s'),
    targets: z
      .array(target())
      .max(MAX_TARGETS)
      .refine((targets) => new Set(targets.map(({ name }) => name)).size === targets.length, {
        error: 'two targets have the same name',
      })
      .prefault(['127.0.0.1']),
  })
  .prefault({});
export type PingConfig = z.infer<typeof pingConfigSchema>;

export type CreatePingSource = (options: PingOptions, listener: PingListener) => PingSource;

interface Target {
  readonly name: string;
  readonly tally: PingTally;
  readonly source: PingSource;
}

/** @param createSource stands for the real ping in tests. */
export function createPingCollector(
  config: PingConfig,
  createSource: CreatePingSource = createPingSource,
): Collector {
  const targets = config.targets.map(({ name, address }): Target => {
    const tally = createPingTally();
    const listener = listenTo(tally, () => source.restart());
    const source = createSource({ address, intervalSeconds: config.interval }, listener);
    return { name, tally, source };
  });
  return {
    name: 'ping',
    start() {
      for (const { source } of targets) source.start();
    },
    async collect(signal) {
      signal.throwIfAborted();
      if (targets.length === 0) throw new NoDataError('not_configured', 'ping.targets is empty');
      if (targets.every(({ tally }) => tally.reason() === 'not_installed')) {
        throw new NoDataError('not_installed', 'Cannot run ping: install iputils-ping');
      }
      return toFamilies(targets);
    },
    async stop() {
      await Promise.all(targets.map(({ source }) => source.stop()));
    },
  };
}

function listenTo(tally: PingTally, restart: () => void): PingListener {
  return {
    started: () => tally.childStarted(),
    line(text) {
      const event = parsePingLine(text);
      if (event === undefined) return;
      tally.add(event);
      const unanswered = tally.unanswered();
      if (event.kind === 'no_answer' && unanswered % RESTART_AFTER_UNANSWERED === 0) restart();
    },
    failure: (text) => tally.failed(text),
    exited: () => tally.childExited(),
  };
}

function toFamilies(targets: readonly Target[]): MetricFamily[] {
  const measured = targets.filter(({ tally }) => tally.hasData());
  const values = (value: (tally: PingTally) => number): Sample[] =>
    measured.map(({ name, tally }) => ({ labels: { target: name }, value: value(tally) }));
  return [
    {
      name: 'guard_ping_rtt_seconds',
      help: 'Round-trip time of ICMP echo requests.',
      type: 'histogram',
      samples: measured.flatMap(({ name, tally }) => tally.rtt.samples({ target: name })),
    },
    counter(
      'guard_ping_sent_total',
      'Echo requests sent; one in flight is not counted until it is answered or the next one is sent.',
      values((tally) => tally.sent()),
    ),
    counter(
      'guard_ping_received_total',
      'Echo requests answered, without duplicates.',
      values((tally) => tally.received()),
    ),
    counter(
      'guard_ping_duplicates_total',
      'Answers that came more than once.',
      values((tally) => tally.duplicates()),
    ),
    counter(
      'guard_ping_errors_total',
      'ICMP errors received and failures of ping itself.',
      targets.map(({ name, tally }) => ({ labels: { target: name }, value: tally.errors() })),
    ),
    gauge(
      'guard_ping_unavailable',
      'Targets that cannot be pinged now, with the reason; the value is always 1.',
      targets.flatMap(({ name, tally }) => {
        const reason = tally.reason();
        return reason === undefined ? [] : [{ labels: { target: name, reason }, value: 1 }];
      }),
    ),
  ];
}
