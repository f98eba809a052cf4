// `npm start`: the whole system on this machine, and in the terminal what it finds. Ends everything it started.
import { createDemo, FAULT_PLANS, startFaultProcess } from './demo.ts';
import { parseStartFlags, type StartFlags } from './flags.ts';
import { getText } from './http.ts';
import { type LoopState, readLoopState } from './loop-state.ts';
import { makePlan, type Plan, type Urls } from './plan.ts';
import { createScreen, type Screen } from './screen.ts';
import { createStopper, type Stopper } from './stopper.ts';
import { createSupervisor, type Progress } from './supervisor.ts';
import { renderChanges, renderSummary, renderTable } from './table.ts';

const REFRESH_MS = 2_000;
/** Where there is no terminal, a line this often shows that everything is alive. */
const SUMMARY_EVERY_SECONDS = 60;
const READY_PROBE_TIMEOUT_MS = 2_000;

const flags = parseStartFlags(process.argv.slice(2));
const screen = createScreen(process.stdout);
const stopper = createStopper((line) => screen.say(line));
try {
  await main();
} catch (error) {
  if (!stopper.isStopping()) {
    screen.draw([]);
    process.stderr.write(`${(error as Error).message}\n`);
    await stopper.stop(1);
  }
}

async function main(): Promise<void> {
  const plan = await makePlan(flags, (line) => screen.say(line));
  const supervisor = createSupervisor({
    specs: plan.specs,
    say: (text) => {
      if (!stopper.isStopping()) screen.say(text);
    },
    isReady: async (url) =>
      getText(url, { timeoutMs: READY_PROBE_TIMEOUT_MS }).then(
        () => true,
        () => false,
      ),
  });
  stopper.onStop({ stop: () => supervisor.stop(), kill: () => supervisor.kill() });
  screen.say(`Starting ${plan.specs.map(({ name }) => name).join(', ')}…`);
  await supervisor.start(showProgress(screen));
  if (stopper.isStopping()) return;
  screen.draw([]);
  for (const line of introduction(plan)) screen.say(line);
  await watchLoop(plan.urls, { flags, screen, stopper });
}

/** On a terminal one line per server that counts seconds; elsewhere one line when it is ready. */
function showProgress({ live, draw, say }: Screen): (progress: readonly Progress[]) => void {
  const told = new Set<string>();
  return (progress) => {
    for (const { name, ready, elapsedSeconds } of progress) {
      if (!ready || told.has(name)) continue;
      told.add(name);
      if (!live) say(`${name} is ready after ${elapsedSeconds.toFixed(1)} s`);
    }
    draw(
      progress.map(
        ({ name, ready, elapsedSeconds }) =>
          `  ${name.padEnd(13)} ${ready ? 'ready after' : 'starting,'} ${elapsedSeconds.toFixed(1)} s`,
      ),
    );
  };
}

function introduction({ urls, notes }: Plan): string[] {
  return [
    '',
    `  Prometheus    ${urls.prometheus}   graphs and alert rules`,
    `  Alertmanager  ${urls.alertmanager === undefined ? 'none' : `${urls.alertmanager}   alerts with evidence and advice`}`,
    `  Exporter      ${urls.exporter}   what is measured on this machine`,
    `  Analyzer      ${urls.analyzer}   the console: findings, forecasts, actions`,
    `  To see who is the bottleneck, open ${urls.prometheus}/graph?g0.expr=guard_bottleneck_score`,
    '',
    ...notes.flatMap((note) => [note, '']),
    'Ctrl-C stops everything.',
    '',
  ];
}

interface Surroundings {
  readonly flags: StartFlags;
  readonly screen: Screen;
  readonly stopper: Stopper;
}

async function watchLoop(urls: Urls, around: Surroundings): Promise<void> {
  const { screen, stopper } = around;
  const demo = around.flags.demo
    ? createDemo({
        plans: FAULT_PLANS,
        say: (line) => screen.say(line),
        startFault: startFaultProcess,
      })
    : undefined;
  if (demo !== undefined) stopper.onStop({ stop: async () => demo.stop(), kill: demo.stop });
  const show = createView(screen);
  const startedMs = performance.now();
  while (!stopper.isStopping()) {
    const state = await readLoopState(urls);
    if (stopper.isStopping()) return;
    demo?.tick(state, (performance.now() - startedMs) / 1000);
    show(state);
    await stopper.sleep(REFRESH_MS);
  }
}

/** On a terminal the table, redrawn in place; elsewhere the changes, and a summary now and then. */
function createView(screen: Screen): (state: LoopState) => void {
  let before: LoopState | undefined;
  let summaryAt = Number.NEGATIVE_INFINITY;
  return (state) => {
    if (screen.live) {
      screen.draw(renderTable(state, screen.width()));
      return;
    }
    const time = new Date(state.atSeconds * 1000).toTimeString().slice(0, 8);
    for (const line of renderChanges(before, state)) screen.say(`${time} ${line}`);
    if (state.atSeconds - summaryAt >= SUMMARY_EVERY_SECONDS) {
      summaryAt = state.atSeconds;
      screen.say(`${time} ${renderSummary(state)}`);
    }
    before = state;
  };
}
