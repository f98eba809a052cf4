// One scrape: all collectors at once, each with a time-out; what one of them does wrong costs its own metrics alone.
import { setImmediate } from 'node:timers/promises';
import type { Logger } from '../service/log.ts';
import type { Budget } from './budget.ts';
import { type Collector, NoDataError } from './collectors/collector.ts';
import { gauge, type MetricFamily } from './promformat/family.ts';

/** Whatever else waits, such as a health check, has its turn after so long. */
const TURN_MS = 4;

export interface ScraperOptions {
  readonly collectors: readonly Collector[];
  readonly timeoutMs: number;
  readonly log: Logger;
  /** Who may not run because the exporter as a whole costs too much. */
  readonly budget?: Budget;
}

export interface ScrapeResult {
  readonly families: MetricFamily[];
  /** How many collectors had something to tell. */
  readonly collected: number;
}

/** @param names the collectors to run, empty for all. @throws {Error} when one of them does not exist. */
export type Scrape = (names: readonly string[], signal: AbortSignal) => Promise<ScrapeResult>;

type Outcome =
  | { readonly kind: 'collected'; readonly families: readonly MetricFamily[] }
  | { readonly kind: 'no_data'; readonly reason: string; readonly message: string }
  | { readonly kind: 'failed'; readonly message: string };

interface Run {
  readonly name: string;
  readonly seconds: number;
  readonly outcome: Outcome;
}

/** A scraper remembers which collector hangs, so that calls to it do not pile up, and what it has logged already. */
export function createScraper({ collectors, timeoutMs, log, budget }: ScraperOptions): Scrape {
  const hanging = new Set<Collector>();
  const logged = new Map<string, string>();
  const runOne = async (collector: Collector, limit: ScrapeLimit): Promise<Run> => {
    const start = performance.now();
    const paused = budget?.pauseOf(collector.name);
    if (paused !== undefined) {
      const outcome = { kind: 'no_data', reason: 'over_budget', message: paused } as const;
      return { name: collector.name, seconds: 0, outcome };
    }
    const outcome = hanging.has(collector)
      ? failed('the collection of an earlier scrape still hangs')
      : await collectWithin({ collector, timeoutMs, hanging }, limit);
    return { name: collector.name, seconds: (performance.now() - start) / 1000, outcome };
  };
  return async (names, signal) => {
    const chosen = chooseCollectors(collectors, names);
    const timeout = AbortSignal.timeout(timeoutMs);
    const limit = { timeout, signal: AbortSignal.any([signal, timeout]) };
    const started: Promise<Run>[] = [];
    let turnEnds = performance.now() + TURN_MS;
    for (const collector of chosen) {
      started.push(runOne(collector, limit));
      // Most collectors read synchronously: each ends before the next begins, and is not charged for it.
      await microtasksDone();
      if (performance.now() < turnEnds) continue;
      await setImmediate();
      turnEnds = performance.now() + TURN_MS;
    }
    const runs = refuseRepeatedFamilies(await Promise.all(started));
    if (!signal.aborted) for (const run of runs) logChange(run, logged, log);
    budget?.account(new Map(runs.filter(wasRun).map(({ name, seconds }) => [name, seconds])));
    return {
      families: [...runs.flatMap(({ outcome }) => familiesOf(outcome)), ...describeRuns(runs)],
      collected: runs.filter(({ outcome }) => outcome.kind === 'collected').length,
    };
  };
}

/** A mistake of the client. */
class UnknownCollectorError extends Error {
  readonly status = 400;
}

function chooseCollectors(
  collectors: readonly Collector[],
  names: readonly string[],
): readonly Collector[] {
  if (names.length === 0) return collectors;
  const unknown = names.filter((name) => !collectors.some((collector) => collector.name === name));
  if (unknown.length > 0) {
    const known = collectors.map((collector) => collector.name).join(', ');
    throw new UnknownCollectorError(
      `no collector named ${unknown.join(', ')}; enabled are ${known}`,
    );
  }
  return collectors.filter((collector) => names.includes(collector.name));
}

/** Comes back when nothing is left to do at once; cheaper than a turn of the event loop, which asks the kernel for news. */
function microtasksDone(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}

/** One for all collectors of a scrape. */
interface ScrapeLimit {
  readonly timeout: AbortSignal;
  /** Of the time-out, or of the client that went away. */
  readonly signal: AbortSignal;
}

interface Attempt {
  readonly collector: Collector;
  readonly timeoutMs: number;
  readonly hanging: Set<Collector>;
}

async function collectWithin(attempt: Attempt, { timeout, signal }: ScrapeLimit): Promise<Outcome> {
  const { collector, timeoutMs, hanging } = attempt;
  const work = settle(() => collector.collect(signal));
  const abort = Promise.withResolvers<'aborted'>();
  const onAbort = () => abort.resolve('aborted');
  signal.addEventListener('abort', onAbort, { once: true });
  const first = await Promise.race([work, abort.promise]);
  signal.removeEventListener('abort', onAbort);
  if (first !== 'aborted') return first;
  hanging.add(collector);
  void work.then(() => hanging.delete(collector));
  if (!timeout.aborted) return failed('the client went away');
  return failed(`no answer within ${timeoutMs} ms`);
}

/** Never rejects. */
async function settle(collect: () => Promise<MetricFamily[]>): Promise<Outcome> {
  try {
    return { kind: 'collected', families: await collect() };
  } catch (error) {
    if (!(error instanceof NoDataError)) return failed((error as Error).message);
    return { kind: 'no_data', reason: error.reason, message: error.message };
  }
}

function failed(message: string): Outcome {
  return { kind: 'failed', message };
}

function wasRun({ outcome }: Run): boolean {
  return outcome.kind !== 'no_data' || outcome.reason !== 'over_budget';
}

function familiesOf(outcome: Outcome): readonly MetricFamily[] {
  return outcome.kind === 'collected' ? outcome.families : [];
}

/** A family that comes twice makes Prometheus refuse the whole scrape: the later collector fails instead. */
function refuseRepeatedFamilies(runs: readonly Run[]): Run[] {
  const owners = new Map<string, string>();
  return runs.map((run) => {
    const names = familiesOf(run.outcome).map((family) => family.name);
    const repeated = names.find((name, index) => owners.has(name) || names.indexOf(name) < index);
    if (repeated !== undefined) {
      const message = `family ${repeated} comes twice, first from ${owners.get(repeated) ?? run.name}`;
      return { ...run, outcome: failed(message) };
    }
    for (const name of names) owners.set(name, run.name);
    return run;
  });
}

function describeRuns(runs: readonly Run[]): MetricFamily[] {
  return [
    gauge(
      'guard_collector_success',
      'Whether the collector worked in this scrape. Having nothing to read is no failure, see guard_collector_unavailable.',
      runs.map(({ name, outcome }) => ({
        labels: { collector: name },
        value: outcome.kind === 'failed' ? 0 : 1,
      })),
    ),
    gauge(
      'guard_collector_duration_seconds',
      'Seconds that the collector took in this scrape.',
      runs.map(({ name, seconds }) => ({ labels: { collector: name }, value: seconds })),
    ),
    gauge(
      'guard_collector_unavailable',
      'Collectors that have nothing to read on this host, with the reason; the value is always 1.',
      runs.flatMap(({ name, outcome }) =>
        outcome.kind === 'no_data'
          ? [{ labels: { collector: name, reason: outcome.reason }, value: 1 }]
          : [],
      ),
    ),
  ];
}

/** A state is logged when it begins, not at every scrape. */
function logChange({ name, outcome }: Run, logged: Map<string, string>, log: Logger): void {
  const text = outcome.kind === 'collected' ? '' : outcome.message;
  if ((logged.get(name) ?? '') === text) return;
  logged.set(name, text);
  if (outcome.kind === 'failed') log.warn({ collector: name, err: text }, 'collector failed');
  else if (outcome.kind === 'no_data') {
    log.info({ collector: name, reason: outcome.reason, err: text }, 'collector has no data');
  } else log.info({ collector: name }, 'collector works again');
}
