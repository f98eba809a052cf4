// The body of a short-lived thread: one bcrypt comparison, so that it blocks no scrape.
// JavaScript, because a thread that strips types loads a compiler of 20 MB for it.
import { parentPort, workerData } from 'node:worker_threads';
import { compareSync } from 'bcryptjs';

parentPort?.postMessage(compareSync(workerData.password, workerData.hash));
