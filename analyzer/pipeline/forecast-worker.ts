// The worker thread's entry, and the only place that loads the models and their native code.
import { forecastSeries } from '../forecast/forecast-series.ts';
import type { ForecastTask, WorkerAnswer } from './forecast-task.ts';
import { createAugursLoader } from './load-augurs.ts';

// The native code behind the models can print; standard output belongs to the main program.
process.stdout.write = process.stderr.write.bind(process.stderr);

const tools = { augurs: createAugursLoader() };

/** Never throws. */
export function forecast({ history, options }: ForecastTask): WorkerAnswer {
  const before = process.threadCpuUsage();
  const answer = forecastSeries(history, options, tools);
  const { user, system } = process.threadCpuUsage(before);
  return { ...answer, cpuSeconds: (user + system) / 1e6 };
}
