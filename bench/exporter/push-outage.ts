// The central Prometheus is killed for two minutes while an agent scrapes every second: what is lost, and how long is the catching up?
// Run: node bench/exporter/push-outage.ts [seconds]
import { measureOutage } from '../../analyzer/cli/push-outage.contract.ts';

const seconds = Number(process.argv[2] ?? 120);
if (!(seconds > 0 && seconds <= 3_600)) throw new Error('expected seconds between 1 and 3600');
const { received, duringOutage, catchUpMs } = await measureOutage(seconds * 1000);
const last = received.at(-1) ?? 0;
const lost = last - new Set(received).size;
process.stdout.write(
  `outage ${seconds} s: ${duringOutage} scrapes meanwhile, ${received.length} of ${last} samples arrived, ` +
    `${lost} lost, ${received.length - new Set(received).size} twice, caught up in ${(catchUpMs / 1000).toFixed(1)} s\n`,
);
process.exitCode = lost === 0 ? 0 : 1;
