// fd_exhaustion: a process is about to run out of the file descriptors that it may open.
import type { SubjectFeatures } from '../features/table.ts';
import type { Advice } from './advice.ts';
import { digits, formatPercent } from './format.ts';
import {
  type BottleneckRule,
  belowFinding,
  degree,
  describe,
  groupName,
  type JudgeContext,
  type Judgement,
} from './rule.ts';

const CRITICAL_RATIO = 0.95;
/** A course that is carried ahead is less sure than what is reached already. */
const PREDICTED_MAX_SCORE = 0.75;

export const fdExhaustion: BottleneckRule = {
  kind: 'fd_exhaustion',
  alertname: 'GuardFdExhaustion',
  needs: ['group_fd_used_ratio'],
  judge(group, { thresholds: { fd_exhaustion: limits } }: JudgeContext): Judgement {
    const used = group.value('group_fd_used_ratio')!;
    const reached = degree(used, limits.used_ratio, CRITICAL_RATIO);
    const ahead = group.value('group_fd_used_ratio_predicted') ?? 0;
    const rises = used >= limits.rising_from_ratio && ahead > used;
    const predicted = rises ? Math.min(PREDICTED_MAX_SCORE, degree(ahead, 1, 2)) : 0;
    const score = Math.max(reached, predicted);
    if (score < 0.5) return belowFinding(score);
    return {
      score,
      confidence: reached >= 0.5 ? 0.95 : 0.7,
      severity: used >= CRITICAL_RATIO ? 'critical' : 'warning',
      evidence: collectEvidence(group, rises),
      suggestions: ADVICE,
    };
  },
};

function collectEvidence(group: SubjectFeatures, rises: boolean) {
  const name = groupName(group.subject);
  return describe(group, [
    [
      'group_fd_used_ratio',
      (ratio) =>
        `a process of ${name} has ${formatPercent(ratio)} of the files open that it may open`,
    ],
    ['group_open_fds', (count) => `${name} has ${digits(count)} files and sockets open`],
    ['group_fd_used_ratio_predicted', (ratio) => (rises ? describeCourse(ratio) : undefined)],
  ]);
}

/** More than all cannot be: it is there before. */
function describeCourse(ratio: number): string {
  return ratio >= 1
    ? 'at this rate it is at its limit in less than 5 min'
    : `at this rate it is at ${formatPercent(ratio)} in 5 min`;
}

const ADVICE: readonly Advice[] = [
  {
    id: 'close_descriptors',
    text: 'See what it holds open (lsof -p <pid>, ls -l /proc/<pid>/fd) and close what is not needed any more',
    reason: 'a number that only rises is a leak: connections or files that nobody closes',
    effect: 'the number levels off',
    effort: 'days',
    confidence: 0.7,
  },
  {
    id: 'raise_limit',
    text: 'Raise the limit: LimitNOFILE= of the unit; for the running process prlimit --pid <pid> --nofile=65536',
    reason: 'it buys time, and is the cure where the load simply needs so many connections',
    effect: 'no refused connections while the cause is looked for',
    effort: 'minutes',
    confidence: 0.75,
  },
  {
    id: 'restart_service',
    text: 'Restart it at a quiet moment: systemctl restart <unit>',
    reason: 'a restart closes everything; a leak comes back',
    effect: 'the number falls to that of a fresh start',
    effort: 'minutes',
    confidence: 0.6,
  },
  {
    id: 'nginx_connections',
    text: 'Set worker_rlimit_nofile to at least twice worker_connections, and check keepalive_timeout',
    reason: 'a proxied connection takes two descriptors',
    effect: 'workers accept connections up to worker_connections',
    effort: 'minutes',
    confidence: 0.75,
    runtime: 'nginx',
  },
  {
    id: 'node_agent_sockets',
    text: 'Reuse one http.Agent with keepAlive and maxSockets, and destroy answers that are not read',
    reason: 'an answer that is not read keeps its socket open',
    effect: 'the number of sockets is bounded',
    effort: 'hours',
    confidence: 0.6,
    runtime: 'node',
  },
  {
    id: 'postgres_files',
    text: 'Lower max_files_per_process or pool the connections (pgbouncer)',
    reason: 'every connection is a process with files of its own',
    effect: 'fewer descriptors for the same queries',
    effort: 'hours',
    confidence: 0.6,
    runtime: 'postgres',
  },
];
