// Memory and counters of the exporter while most of what it watches is replaced: 200 of 1,000 processes before each scrape.
// Gates: memory is flat (robust slope of the second half), and no counter of a process group ever decreases.
import { parseArgs } from 'node:util';
import { theilSen } from '../../analyzer/math/theil-sen.ts';
import { createDecreaseWatch } from '../../exporter/decrease-watch.contract.ts';
import { megabytes, printGates } from './gate.ts';
import { ownExporter, residentMb, runBenchmark, scrape } from './rig.ts';

const PROCESSES = 1_000;
const REPLACED = 200;
const REPORTS = 10;
/** Per 1,000 scrapes, which is 83 minutes at one scrape per 5 s. Garbage collection alone moves the level by 2–3 MB. */
const FLAT_MB = 3;
/** Compiled code, grown buffers: before that a slope says nothing. */
const WARM_UP_ROUNDS = 200;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
  },
});
const population = positionals[0]!;
const rounds = Number(values.rounds ?? (values.quick ? 2 * WARM_UP_ROUNDS : 1_000));

await runBenchmark(async (rig) => {
  const people = rig.dialogue(population, ['spawn', String(PROCESSES), '0']);
  await people.next();
  const { pid, port } = await rig.target('guard', (listen) => ownExporter(listen));
  const watch = createDecreaseWatch();
  const memory: number[] = [];
  const every = Math.max(1, Math.floor(rounds / REPORTS));
  for (let round = 1; round <= rounds; round += 1) {
    await people.ask(String(REPLACED));
    const body = await scrape(port);
    watch.look(body);
    memory.push(residentMb(pid));
    if (round % every !== 0) continue;
    const level = `${megabytes(memory.at(-1)!)}, ${body.length} bytes, ${watch.series()} counters`;
    process.stdout.write(`after ${round} scrapes: ${level}\n`);
  }
  const { decreases } = watch;
  for (const text of decreases.slice(0, REPORTS)) process.stdout.write(`decreased: ${text}\n`);
  const settled = memory.slice(Math.max(WARM_UP_ROUNDS, Math.floor(memory.length / 2)));
  const { slope } = theilSen(settled);
  return printGates([
    {
      what: `RSS growth per 1,000 scrapes, slope over the last ${settled.length} scrapes`,
      figure: settled.length < WARM_UP_ROUNDS ? Number.NaN : slope * 1_000,
      bar: FLAT_MB,
      show: megabytes,
    },
    {
      what: `counters of process groups that decreased, of ${watch.series()} in ${rounds} scrapes`,
      figure: watch.series() === 0 ? Number.NaN : decreases.length,
      bar: 0,
      show: String,
    },
  ]);
});
