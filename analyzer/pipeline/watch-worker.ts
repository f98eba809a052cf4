// The thread in which the past is learnt, so that the cycle never waits for it.
import {
  type FitTask,
  type FollowTask,
  fitSubject,
  follow,
  type WatchAnswer,
  type WatchTask,
} from './watch-task.ts';

export function run(task: WatchTask): WatchAnswer {
  const before = process.threadCpuUsage();
  const answer = isFollow(task) ? follow(task) : fitSubject(task);
  const { user, system } = process.threadCpuUsage(before);
  return { ...answer, cpuSeconds: (user + system) / 1e6 };
}

function isFollow(task: FollowTask | FitTask): task is FollowTask {
  return task.kind === 'follow';
}
