// The demonstration: causes two faults of our own, one after the other, and tells what the loop really says about them.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { dieWithParent } from './child.ts';
import type { AlertView, FindingView, LoopState } from './loop-state.ts';
import { formatSpan } from './text.ts';

const FAULTS_FOLDER = join(import.meta.dirname, '..', '..', 'bench', 'faults');
/** The kernel keeps 15 characters of a process name. */
const COMM_CHARS = 15;
/** Long enough to look at the dashboards while the fault is there. */
const KEEP_AFTER_ALERT_SECONDS = 30;

export interface FaultPlan {
  /** As in "starting a CPU hog of our own". */
  readonly what: string;
  readonly file: string;
  /** The process group that must be blamed. */
  readonly group: string;
  /** The kind of bottleneck that must be found. */
  readonly kind: string;
  readonly startAtSeconds: number;
}

export const FAULT_PLANS: readonly FaultPlan[] = [
  {
    what: 'memory leak',
    file: 'memory-leak.ts',
    group: 'demo-memory-leak',
    kind: 'memory_leak',
    startAtSeconds: 10,
  },
  {
    what: 'CPU hog',
    file: 'cpu-hog.ts',
    group: 'demo-cpu-hog',
    kind: 'cpu_saturation',
    startAtSeconds: 20,
  },
];

/** A running fault. */
export interface Fault {
  isRunning(): boolean;
  stop(): void;
}

export interface DemoOptions {
  readonly plans: readonly FaultPlan[];
  readonly say: (line: string) => void;
  readonly startFault: (plan: FaultPlan) => Fault;
}

export interface Demo {
  /** Call with every new state of the loop and the seconds since everything was ready. */
  tick(state: LoopState, elapsedSeconds: number): void;
  stop(): void;
}

interface Scene {
  readonly plan: FaultPlan;
  fault?: Fault;
  startedAt?: number;
  suspectedAt?: number;
  foundAt?: number;
  alertedAt?: number;
  endedAt?: number;
  resolvedAt?: number;
  unalertedAt?: number;
}

export function createDemo({ plans, say, startFault }: DemoOptions): Demo {
  const scenes: Scene[] = plans.map((plan) => ({ plan }));
  let finished = false;
  return {
    tick(state, t) {
      const tell = (text: string): void => say(`t+${t.toFixed(0)}s: ${text}`);
      for (const scene of scenes) {
        if (scene.fault === undefined) startWhenDue(scene, { t, tell, startFault });
        else watch(scene, { state, t, tell });
      }
      if (!finished && scenes.every(isOver)) {
        finished = true;
        tell('the demonstration is over; Latency Guard goes on watching this machine');
      }
    },
    stop() {
      for (const { fault } of scenes) fault?.stop();
    },
  };
}

/** Starts a fault as a process that dies with us. */
export function startFaultProcess({ file }: FaultPlan): Fault {
  const [command, args] = dieWithParent(process.execPath, [join(FAULTS_FOLDER, file)]);
  const child = spawn(command, args, { detached: true, stdio: 'ignore' });
  let running = true;
  child.once('error', () => {
    running = false;
  });
  child.once('exit', () => {
    running = false;
  });
  return { isRunning: () => running, stop: () => void child.kill('SIGTERM') };
}

interface Moment {
  readonly t: number;
  readonly tell: (text: string) => void;
}

function startWhenDue(
  scene: Scene,
  { t, tell, startFault }: Moment & Pick<DemoOptions, 'startFault'>,
): void {
  const { what, group, startAtSeconds } = scene.plan;
  if (t < startAtSeconds) return;
  scene.fault = startFault(scene.plan);
  scene.startedAt = t;
  tell(`starting a ${what} of our own (group ${group})`);
}

function watch(scene: Scene, moment: Moment & { state: LoopState }): void {
  watchFinding(scene, moment);
  watchAlert(scene, moment);
  watchEnd(scene, moment);
}

function watchFinding(scene: Scene, { state, t, tell }: Moment & { state: LoopState }): void {
  if (state.findings === undefined) return;
  const { plan, startedAt = t, suspectedAt, foundAt, endedAt, resolvedAt } = scene;
  const finding = state.findings.find((each) => each.state !== 'resolved' && blames(each, plan));
  if (finding !== undefined && foundAt === undefined) {
    const text = `${plan.kind} in ${plan.group}, ${formatSpan(t - startedAt)} after its start${why(finding)}`;
    // Pending is the analyzer's own doubt: it may pass, and then nothing was found.
    if (finding.state === 'firing') {
      scene.foundAt = t;
      tell(`found: ${text}`);
    } else if (suspectedAt === undefined) {
      scene.suspectedAt = t;
      tell(`suspected: ${text}`);
    }
  }
  if (finding === undefined && foundAt !== undefined && resolvedAt === undefined) {
    if (endedAt === undefined) return;
    scene.resolvedAt = t;
    tell(`resolved: ${plan.kind} in ${plan.group}, ${formatSpan(t - endedAt)} after its end`);
  }
}

function watchAlert(scene: Scene, { state, t, tell }: Moment & { state: LoopState }): void {
  if (state.alerts === undefined) return;
  const { plan, startedAt = t, alertedAt, endedAt, unalertedAt } = scene;
  const alert = state.alerts.find((each) => speaksOf(each, plan));
  if (alert !== undefined && alertedAt === undefined) {
    scene.alertedAt = t;
    const { alertname, severity } = alert.labels;
    tell(
      `in Alertmanager: ${alertname} (${severity}) for ${plan.group}, ${formatSpan(t - startedAt)} after its start`,
    );
  }
  if (alert === undefined && alertedAt !== undefined && endedAt !== undefined) {
    if (unalertedAt !== undefined) return;
    scene.unalertedAt = t;
    tell(`no longer in Alertmanager: ${plan.group}, ${formatSpan(t - endedAt)} after its end`);
  }
}

function watchEnd(scene: Scene, { state, t, tell }: Moment & { state: LoopState }): void {
  const { plan, fault, startedAt = t, foundAt, alertedAt, endedAt } = scene;
  if (fault === undefined || endedAt !== undefined) return;
  // Without an Alertmanager the finding is the last that can come.
  const shownAt = state.alerts === undefined ? foundAt : alertedAt;
  if (!fault.isRunning()) {
    scene.endedAt = t;
    const lived = formatSpan(t - startedAt);
    tell(
      foundAt === undefined
        ? `the ${plan.what} ended after ${lived} and was not found${excuse(state)}`
        : `the ${plan.what} ended after ${lived}`,
    );
  } else if (shownAt !== undefined && t - shownAt >= KEEP_AFTER_ALERT_SECONDS) {
    scene.endedAt = t;
    tell(`stopping the ${plan.what}`);
    fault.stop();
  }
}

function isOver({ endedAt, foundAt, resolvedAt, alertedAt, unalertedAt }: Scene): boolean {
  if (endedAt === undefined) return false;
  const findingOver = foundAt === undefined || resolvedAt !== undefined;
  return findingOver && (alertedAt === undefined || unalertedAt !== undefined);
}

function blames({ kind, subject }: FindingView, plan: FaultPlan): boolean {
  return kind === plan.kind && isGroup(subject.group, plan);
}

function speaksOf({ labels, status }: AlertView, plan: FaultPlan): boolean {
  return status.state === 'active' && labels.kind === plan.kind && isGroup(labels.group, plan);
}

function isGroup(group: string | undefined, plan: FaultPlan): boolean {
  return group === plan.group || group === plan.group.slice(0, COMM_CHARS);
}

function why({ score, evidence }: FindingView): string {
  const [first] = evidence;
  return ` (score ${score.toFixed(2)}${first === undefined ? '' : `: ${first.text}`})`;
}

function excuse({ status }: LoopState): string {
  if (status === undefined) return ': the analyzer does not answer';
  return status.reason === null ? '' : `: the analyzer says ${status.reason}`;
}
