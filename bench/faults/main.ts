// The fault bench: makes bottlenecks of every kind and their look-alikes, and scores what Latency Guard says of them.
import { type Flags, parseFlags, selectCases } from './flags.ts';
import { currentIsolation, type Isolation, superviseRun } from './isolation.ts';
import { writeLabels } from './labels.ts';
import { renderReport } from './report.ts';
import { type Report, runCases, whyNot } from './run.ts';
import { belowBars, score } from './score.ts';

const EXIT = { beyond: 1, failed: 2, interrupted: 130 } as const;

const flags = parseFlags(process.argv.slice(2));
const isolation = currentIsolation();
if (flags.list === true) {
  printList();
} else if (isolation === undefined) {
  process.exitCode = await superviseRun();
} else {
  process.exit(await bench(flags, isolation));
}

async function bench(options: Flags, isolated: Isolation): Promise<number> {
  const abort = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => abort.abort());
  }
  const { seconds, lookAlikeSeconds, quietSeconds, settleSeconds, labels } = options;
  const say = (line: string) =>
    process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`);
  try {
    const reports = await runCases({
      cases: selectCases(options),
      seconds,
      lookAlikeSeconds,
      quietSeconds,
      settleSeconds,
      isolation: isolated,
      signal: abort.signal,
      say,
      onPlayed:
        labels === undefined
          ? undefined
          : async (played) => {
              const rows = await writeLabels(labels, played);
              say(`${played.fault.name}: ${rows} labelled windows to ${labels}`);
            },
    });
    const verdict = print(reports, options);
    return abort.signal.aborted ? EXIT.interrupted : verdict;
  } catch (error) {
    process.stderr.write(`${(error as Error).stack ?? error}\n`);
    return EXIT.failed;
  }
}

/** @returns the exit code. A case that could not be judged is no success. */
function print(reports: readonly Report[], { output }: Flags): number {
  const result = score(reports.flatMap(({ outcome }) => outcome ?? []));
  const failed = reports.filter((each) => !each.skipped && each.outcome === undefined);
  const beyond = belowBars(result);
  process.stdout.write(
    output === 'json'
      ? `${JSON.stringify({ reports, score: { ...result, matrix: toObject(result.matrix) }, beyond }, null, 2)}\n`
      : renderReport(reports, result),
  );
  return beyond.length + failed.length === 0 ? 0 : EXIT.beyond;
}

function printList(): void {
  for (const each of selectCases(flags)) {
    const { name, about, expected, simulated } = each;
    const reason = whyNot(each);
    const notes = [
      ...(simulated === undefined ? [] : [`simulated: ${simulated}`]),
      ...(reason === undefined ? [] : [`cannot run here: ${reason}`]),
    ];
    const lines = [`${name} (${expected?.kind ?? 'look-alike'})`, about, ...notes];
    process.stdout.write(`${lines.join('\n    ')}\n`);
  }
}

function toObject(matrix: ReadonlyMap<string, ReadonlyMap<string, number>>): object {
  return Object.fromEntries([...matrix].map(([name, row]) => [name, Object.fromEntries(row)]));
}
