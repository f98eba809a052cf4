// The thread in which one target is fuzzed, so that an input that never ends can be noticed and ended from outside.
import { parentPort, workerData } from 'node:worker_threads';
import { runCampaign } from './campaign.ts';
import { TARGETS } from './targets/list.ts';

export interface WorkerTask {
  readonly name: string;
  readonly from: number;
  readonly cases: number;
  /** One number: the case that is being run, to the nearest few hundred. */
  readonly progress: SharedArrayBuffer;
}

const { name, from, cases, progress } = workerData as WorkerTask;
const target = TARGETS.find((one) => one.name === name);
if (target === undefined) throw new Error(`There is no target ${name}`);
const at = new Float64Array(progress);
const campaign = runCampaign(target, {
  ...{ from, cases },
  onProgress(key) {
    at[0] = key;
  },
});
parentPort?.postMessage(campaign);
