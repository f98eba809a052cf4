// Runs one case: calm, fault, recovery; and judges what was seen.
import { setTimeout as sleep } from 'node:timers/promises';
import { judgePosts } from './alert-book.ts';
import type { ChaosCase, ChaosOutcome } from './case.ts';
import { eventually, TIMES, type World } from './world.ts';

const WATCH_MS = 250;
const MAX_CYCLES = 3;
const MAX_GROWTH_BYTES = 256 * 1024 * 1024;
/** Beyond the cycles that are allowed: then it is given up. */
const RECOVERY_TIMEOUT_MS = 60_000;
/** After the recovery: alerts go on, nothing follows. */
const CALM_SECONDS = 2;
const MAX_SAID_CHARS = 160;

/** @throws when the world was not well before. */
export async function runCase(one: ChaosCase, world: World): Promise<ChaosOutcome> {
  const { analyzer, book } = world;
  const well = await eventually(() => isOk(world), RECOVERY_TIMEOUT_MS);
  if (!well) throw new Error(`${one.name}: the analyzer was not well before: ${lastWords(world)}`);
  await sleep(CALM_SECONDS * 1000);
  const from = { posts: Math.max(0, book.posts().length - 1), log: analyzer.log().length };
  const bytesBefore = analyzer.residentBytes();
  const calm = await cyclesOf(world);
  const watch = startWatch(world, one);
  const heal = await one.inflict(world);
  await sleep(one.seconds * 1000);
  const before = one.isAway ? calm : await cyclesOf(world);
  const healedAt = Date.now() / 1000;
  await heal();
  const recovery = await recover(world, before ?? (await firstCycles(world)));
  await sleep(CALM_SECONDS * 1000);
  const seen = await watch.stop();
  const growthBytes = seen.peakBytes - bytesBefore;
  const problems = [
    ...(analyzer.isRunning() ? [] : [`the analyzer ended: ${analyzer.death()}`]),
    ...judgeRecovery(one, recovery),
    ...(growthBytes > (one.maxGrowthBytes ?? MAX_GROWTH_BYTES)
      ? [`it grew by ${Math.round(growthBytes / 1024 ** 2)} MiB`]
      : []),
    ...(one.reason !== undefined && seen.said === undefined ? ['no reason was visible'] : []),
    ...judgePosts(book.posts().slice(from.posts), { since: healedAt }),
  ];
  return {
    name: one.name,
    problems,
    recoveryCycles: recovery?.cycles,
    recoverySeconds: recovery?.seconds,
    growthBytes,
    said: seen.said,
  };
}

/** Looks at memory and at what is said until it is stopped. */
function startWatch({ analyzer }: World, { reason }: ChaosCase) {
  let peakBytes = 0;
  let said: string | undefined;
  const logBefore = analyzer.log();
  const stop = new AbortController();
  const look = async () => {
    peakBytes = Math.max(peakBytes, analyzer.residentBytes());
    if (said !== undefined || reason === undefined) return;
    const own = analyzer.log().slice(logBefore.length);
    const metrics = (await analyzer.ask('/metrics')) ?? '';
    const lines = `${metrics}\n${own}`.split('\n').filter((line) => !line.startsWith('#'));
    said = lines.find((line) => reason.test(line))?.slice(0, MAX_SAID_CHARS);
  };
  const watching = (async () => {
    while (!stop.signal.aborted) {
      await look();
      await sleep(WATCH_MS);
    }
  })();
  return {
    async stop() {
      stop.abort();
      await watching;
      return { peakBytes, said };
    },
  };
}

interface Recovery {
  readonly cycles: number;
  readonly seconds: number;
}

/** How many cycles it took until one was ok. */
async function recover(
  world: World,
  before: Cycles = { all: 0, ok: 0 },
): Promise<Recovery | undefined> {
  const started = performance.now();
  let cycles: number | undefined;
  await eventually(async () => {
    const now = await cyclesOf(world);
    if (now === undefined) return false;
    // A program that was started anew counts from 0.
    const from = now.all < before.all ? { all: 0, ok: 0 } : before;
    if (now.ok <= from.ok) return false;
    cycles = now.all - from.all;
    return true;
  }, RECOVERY_TIMEOUT_MS);
  return cycles === undefined
    ? undefined
    : { cycles, seconds: (performance.now() - started) / 1000 };
}

/** When it was too busy to answer while the fault lasted. */
async function firstCycles(world: World): Promise<Cycles | undefined> {
  let found: Cycles | undefined;
  await eventually(async () => {
    found = await cyclesOf(world);
    return found !== undefined;
  }, RECOVERY_TIMEOUT_MS);
  return found;
}

function judgeRecovery(
  { maxCycles = MAX_CYCLES }: ChaosCase,
  recovery: Recovery | undefined,
): string[] {
  if (recovery === undefined) return ['it did not recover'];
  return recovery.cycles <= maxCycles
    ? []
    : [`it took ${recovery.cycles} cycles to recover, at most ${maxCycles}`];
}

interface Cycles {
  readonly all: number;
  readonly ok: number;
}

async function cyclesOf({ analyzer }: World): Promise<Cycles | undefined> {
  const text = await analyzer.ask('/metrics');
  if (text === undefined) return undefined;
  const counts = [...text.matchAll(/^guard_analyzer_cycles_total\{outcome="(\w+)"\} (\d+)/gm)];
  const sum = (of: typeof counts) => of.reduce((total, [, , count]) => total + Number(count), 0);
  return { all: sum(counts), ok: sum(counts.filter(([, outcome]) => outcome === 'ok')) };
}

async function isOk({ analyzer }: World): Promise<boolean> {
  const text = await analyzer.ask('/api/v1/status');
  return text?.includes('"state":"ok"') ?? false;
}

function lastWords({ analyzer }: World): string {
  return `${analyzer.death() ?? ''} ${analyzer.log().slice(-2_000)} (cycle ${TIMES.cycle} s)`;
}
