// The order of events: scenes, rig, then case after case with quiet time before each, and everything ended at the end.
import type { FaultCase } from './case.ts';
import { cpuMeter } from './cpu-meter.ts';
import type { Isolation } from './isolation.ts';
import type { Played } from './labels.ts';
import { startRig } from './rig.ts';
import { renderExporterConfig, type Scene, type WatchList } from './scene.ts';
import type { Outcome } from './score.ts';
import { Stage } from './stage.ts';
import {
  type BestScore,
  bestScores,
  blames,
  openFindings,
  type Sighting,
  watchFindings,
} from './watch.ts';

/** The windows of the features are 30 s long: what was prepared, or the last case, may still show so much later. */
const SETTLED_SECONDS = 40;
const SETTLE_POLL_MS = 2_000;
/** After the fault was found others may still fire, wrongly. */
const LOOK_ON_SECONDS = 30;
/** For what a case takes besides: large files, the first rates, the clean-up. */
const EXTRA_SECONDS = 60;

export interface RunOptions {
  readonly cases: readonly FaultCase[];
  readonly seconds: number;
  readonly lookAlikeSeconds: number;
  readonly quietSeconds: number;
  /** What is open for longer is not the last case's. */
  readonly settleSeconds: number;
  readonly isolation: Isolation;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
  /** Called while a case that was played is still going on. @throws when something could not be kept: the case then counts as failed. */
  readonly onPlayed?: ((played: Played) => Promise<void>) | undefined;
}

/** What became of one case. */
export interface Report {
  readonly name: string;
  readonly about: string;
  readonly simulated: string | undefined;
  /** Undefined when the case was skipped or failed. */
  readonly outcome: Outcome | undefined;
  /** Why there is no outcome. */
  readonly problem: string | undefined;
  readonly skipped: boolean;
  readonly sightings: readonly Sighting[];
  readonly bestScores: readonly BestScore[];
  /** Of the quiet time before it, over all CPUs. */
  readonly quietCpuRatio: number | undefined;
}

/** @throws when the rig does not run; a case that fails is a report. */
export async function runCases(options: RunOptions): Promise<Report[]> {
  const { isolation, cases, say, signal } = options;
  const runnable = cases.filter((each) => whyNot(each) === undefined);
  const whole = new Stage({
    ...stageIds(isolation),
    name: 'scenes',
    seconds: wholeSeconds(options),
  });
  const reports: Report[] = [];
  try {
    const { scenes, watch } = await openScenes(runnable, whole);
    if (runnable.length > 0 && !signal.aborted) {
      say('starting exporter, Prometheus, Alertmanager and analyzer');
      const exporterConfig = renderExporterConfig(watch);
      const rig = await startRig({ runFolder: isolation.runFolder, exporterConfig, say });
      whole.onEnd(() => rig.stop());
      const sceneProblem = () => whole.problem();
      const player: Player = { ...options, urls: rig.urls, scenes, sceneProblem };
      for (const each of cases) {
        if (signal.aborted) break;
        reports.push(...(await playWithQuiet(each, player)));
      }
      return reports;
    }
    return cases.map((each) => skip(each, whyNot(each) ?? 'interrupted'));
  } finally {
    await whole.end();
  }
}

/** Why a case cannot run here; undefined when it can. */
export function whyNot({ missing, scene }: FaultCase): string | undefined {
  return missing() ?? scene?.missing();
}

interface Player extends RunOptions {
  readonly urls: Awaited<ReturnType<typeof startRig>>['urls'];
  readonly scenes: ReadonlyMap<Scene<unknown>, unknown>;
  /** How what is there for all cases failed. */
  readonly sceneProblem: () => string | undefined;
}

function stageIds({ runFolder, runId }: Isolation): { runFolder: string; runId: string } {
  return { runFolder, runId };
}

async function openScenes(cases: readonly FaultCase[], stage: Stage) {
  const scenes = new Map<Scene<unknown>, unknown>();
  const watch: WatchList[] = [];
  for (const { scene } of cases) {
    if (scene === undefined || scenes.has(scene)) continue;
    const opened = await scene.open(stage);
    scenes.set(scene, opened.controls);
    watch.push(opened.watch);
  }
  return { scenes, watch };
}

/** One report for the quiet time when something fired in it, and one for the case. */
async function playWithQuiet(fault: FaultCase, player: Player): Promise<Report[]> {
  const reason = whyNot(fault);
  if (reason !== undefined) return [skip(fault, reason)];
  const { isolation, scenes, say } = player;
  const seconds = secondsOf(fault, player);
  const bound = seconds + player.quietSeconds + player.settleSeconds;
  const stage = new Stage({ ...stageIds(isolation), name: fault.name, seconds: bound, scenes });
  const reports: Report[] = [];
  let quietCpuRatio: number | undefined;
  try {
    await fault.prepare?.(stage);
    if (player.quietSeconds > 0) await settle(player);
    const cpu = cpuMeter();
    const alarms = await watchFindings({ ...watching(player), seconds: player.quietSeconds });
    if (player.quietSeconds > 0) quietCpuRatio = cpu();
    if (alarms.length > 0) reports.push(quietReport(fault, alarms, quietCpuRatio));
    if (player.signal.aborted) return [...reports, skip(fault, 'interrupted')];
    say(`${fault.name}: begins (at most ${seconds} s)`);
    const from = Date.now() / 1000;
    await fault.start(stage);
    const seen = await observe(fault, player);
    const problem = stage.problem() ?? player.sceneProblem();
    if (problem !== undefined) throw new Error(`a program did not run: ${problem}`);
    const { prometheus } = player.urls;
    await player.onPlayed?.({ fault, prometheus, from, to: Date.now() / 1000 });
    reports.push({ ...seen, quietCpuRatio });
  } catch (error) {
    reports.push({ ...skip(fault, (error as Error).message), skipped: false, quietCpuRatio });
  } finally {
    await stage.end();
  }
  say(`${fault.name}: ${describe(reports.at(-1)!)}`);
  return reports;
}

async function observe(fault: FaultCase, player: Player): Promise<Report> {
  const { urls, signal } = player;
  const seconds = secondsOf(fault, player);
  const wanted = fault.expected?.kind;
  const started = performance.now();
  const sightings = await watchFindings({
    ...watching(player),
    seconds,
    isEnough: (seen, now) =>
      seen.some(({ kind, seconds: at }) => kind === wanted && now - at >= LOOK_ON_SECONDS),
  });
  if (signal.aborted) return skip(fault, 'interrupted');
  const best = await bestScores(urls, (performance.now() - started) / 1000).catch(() => []);
  const { name, about, simulated } = fault;
  const rest = { problem: undefined, skipped: false, quietCpuRatio: undefined };
  const outcome = toOutcome(fault, sightings);
  return { name, about, simulated, outcome, sightings, bestScores: best, ...rest };
}

/** The result of a case as the scoring wants it. */
export function toOutcome({ name, expected }: FaultCase, sightings: readonly Sighting[]): Outcome {
  const first = sightings.find(({ kind }) => kind === expected?.kind);
  return {
    name,
    expected: expected?.kind,
    also: expected?.also ?? [],
    fired: sightings.map(({ kind }) => kind),
    blamedRight: first === undefined ? undefined : blames(first.subject, expected?.blames ?? []),
    detectSeconds: first?.seconds,
  };
}

/** The longest that the run can take. */
function wholeSeconds(options: RunOptions): number {
  const around = options.quietSeconds + options.settleSeconds + EXTRA_SECONDS;
  return options.cases.reduce((sum, each) => sum + secondsOf(each, options) + around, 0);
}

function secondsOf({ expected, atLeastSeconds = 0 }: FaultCase, options: RunOptions): number {
  const wished = expected === undefined ? options.lookAlikeSeconds : options.seconds;
  return Math.max(wished, atLeastSeconds);
}

/** Waits until nothing has been open for a while, or until it is clear that what is open stays. */
async function settle({ urls, signal, say, settleSeconds }: Player): Promise<void> {
  const started = performance.now();
  const elapsed = () => (performance.now() - started) / 1000;
  for (let busyUntil = 0; !signal.aborted; await pause(SETTLE_POLL_MS, signal)) {
    const open = await openFindings(urls);
    if (open.length > 0) busyUntil = elapsed();
    if (elapsed() - busyUntil >= SETTLED_SECONDS) return;
    if (elapsed() < settleSeconds) continue;
    const names = open.map(({ kind, subject }) => `${kind} of ${subject.group ?? 'the host'}`);
    say(`not quiet after ${settleSeconds} s, these are ignored: ${names.join(', ')}`);
    return;
  }
}

function watching({ urls, signal }: Player) {
  return {
    urls,
    isEnough: () => false,
    sleep: (ms: number) => pause(ms, signal),
    isStopped: () => signal.aborted,
  };
}

/** Returns early when the run is interrupted. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
    if (signal.aborted) done();
  });
}

function skip({ name, about, simulated }: FaultCase, problem: string): Report {
  const nothing = { outcome: undefined, sightings: [], bestScores: [], quietCpuRatio: undefined };
  return { name, about, simulated, problem, skipped: true, ...nothing };
}

function quietReport(
  next: FaultCase,
  sightings: readonly Sighting[],
  cpu: number | undefined,
): Report {
  const name = `quiet time before ${next.name}`;
  const quiet = { ...next, name, about: 'Nothing of ours ran.', expected: undefined };
  const outcome = toOutcome(quiet, sightings);
  return {
    ...skip(quiet, ''),
    problem: undefined,
    skipped: false,
    outcome,
    sightings,
    quietCpuRatio: cpu,
  };
}

function describe({ outcome, problem, sightings }: Report): string {
  if (outcome === undefined) return `no result: ${problem}`;
  if (sightings.length === 0) return 'nothing fired';
  const parts = sightings.map(
    ({ kind, subject, seconds }) =>
      `${kind} of ${subject.group ?? JSON.stringify(subject)} after ${seconds.toFixed(0)} s`,
  );
  return parts.join(', ');
}
