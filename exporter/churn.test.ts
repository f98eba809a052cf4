// Counters of a process group never decrease: the real exporter on real processes that are born, work, change their program and
// die between scrapes, by a fixed sequence of chances.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, test } from 'node:test';
import { createDecreaseWatch } from './decrease-watch.contract.ts';
import { type LiveExporter, sampleValue, startLiveExporter } from './live-exporter.contract.ts';

const ROUNDS = 12;
const STEPS_PER_ROUND = 5;
const MAX_LIVING = 12;
const TAG = `churn-${process.pid}`;
const GROUPS = ['a', 'b', 'c'].map((name) => `${TAG}-${name}`);
/** Works a little, says so, and does what it is told: another name is another group, as after exec of another program. */
const WORK = `
  i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done
  echo done
  read next || exit 0
  exec sh -c "$1" "$next" "$1"`;

const skip = process.platform === 'linux' ? false : 'there is no procfs';
const living = new Set<ChildProcess>();
let exporter: LiveExporter | undefined;
afterEach(async () => {
  await exporter?.stop();
  for (const child of living) child.kill('SIGKILL');
  living.clear();
});

/** mulberry32: the same chances in every run. */
function createRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** The samples of our groups alone: those of the other processes of this host are not looked at. */
async function startExporter(strict: boolean): Promise<() => Promise<string>> {
  const groups = GROUPS.map((name) => `{name: ${name}, cmdline: ['${name}( |$)']}`);
  const config = `process: {strict: ${strict}, groups: [${groups.join(', ')}]}\n`;
  const started = await startLiveExporter(config);
  exporter = started;
  return async () => {
    const text = await started.scrape('process');
    return text.replaceAll(new RegExp(`^guard_process_(?!.*${TAG}).*\n`, 'gm'), '');
  };
}

async function begin(group: string): Promise<void> {
  const child = spawn('sh', ['-c', WORK, group, WORK], { stdio: ['pipe', 'pipe', 'ignore'] });
  living.add(child);
  child.stdin.on('error', () => {});
  await once(child.stdout, 'data');
}

async function becomeOther(child: ChildProcess, group: string): Promise<void> {
  child.stdin?.write(`${group}\n`);
  await once(child.stdout!, 'data');
}

async function die(child: ChildProcess): Promise<void> {
  living.delete(child);
  child.kill('SIGKILL');
  await once(child, 'exit');
}

async function step(random: (below: number) => number): Promise<void> {
  const one = [...living][random(Math.max(1, living.size))];
  const group = GROUPS[random(GROUPS.length)]!;
  const chance = random(5);
  if (one === undefined || (chance < 2 && living.size < MAX_LIVING)) await begin(group);
  else if (chance === 2) await becomeOther(one, group);
  else await die(one);
}

for (const strict of [true, false]) {
  test(`counters of a group never decrease under churn, strict ${strict}`, { skip }, async () => {
    const scrape = await startExporter(strict);
    const random = createRandom(20_260);
    const watch = createDecreaseWatch();
    for (let round = 0; round < ROUNDS; round += 1) {
      for (let count = 0; count < STEPS_PER_ROUND; count += 1) await step(random);
      watch.look(await scrape());
    }
    for (const child of [...living]) await die(child);
    watch.look(await scrape());
    for (const group of GROUPS) await begin(group);
    const text = await scrape();
    watch.look(text);
    assert.deepEqual(watch.decreases, []);
    for (const group of GROUPS) {
      const worked = sampleValue(
        text,
        `guard_process_cpu_seconds_total{group="${group}",mode="user"}`,
      );
      assert.ok(Number(worked) > 0, `${group} has worked`);
    }
  });
}
