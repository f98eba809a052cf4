// database_contention: sessions of a database wait for a lock that another session holds, or for a free connection.
import type { SubjectFeatures } from '../features/table.ts';
import type { Advice } from './advice.ts';
import { digits, formatPercent, formatSpan } from './format.ts';
import {
  type BottleneckRule,
  belowFinding,
  degree,
  describe,
  groupName,
  type JudgeContext,
  type Judgement,
} from './rule.ts';

/** Deadlocks per second that are worth a finding: about one in ten seconds. PostgreSQL breaks each after one second. */
const DEADLOCKS_PER_SECOND = 0.1;
const CRITICAL_WAIT_SECONDS = 60;

export const databaseContention: BottleneckRule = {
  kind: 'database_contention',
  alertname: 'GuardDatabaseContention',
  judges: 'database',
  needs: ['database_lock_waiting_sessions', 'database_connections_used_ratio'],
  judge(database, { thresholds: { database_contention: limits } }: JudgeContext): Judgement {
    const waiting = database.value('database_lock_waiting_sessions')!;
    const longest = database.value('database_lock_longest_wait_seconds') ?? 0;
    const locks = Math.min(
      degree(waiting, 1, 2),
      degree(longest, limits.lock_wait_seconds, 5 * limits.lock_wait_seconds),
    );
    const connections = degree(
      database.value('database_connections_used_ratio')!,
      limits.connections_used_ratio,
      1,
    );
    const deadlocks = degree(
      database.value('database_deadlocks_per_second') ?? 0,
      DEADLOCKS_PER_SECOND,
      5 * DEADLOCKS_PER_SECOND,
    );
    const score = Math.max(locks, connections, deadlocks);
    if (score < 0.5) return belowFinding(score);
    return {
      score,
      confidence: 0.95,
      severity: longest >= CRITICAL_WAIT_SECONDS || connections >= 1 ? 'critical' : 'warning',
      evidence: collectEvidence(database, limits.idle_in_transaction_seconds),
      suggestions: adviceFor({ locks, connections }),
    };
  },
};

function collectEvidence(database: SubjectFeatures, idleSeconds: number) {
  const name = groupName(database.subject);
  const { application, blocker_pid } = database.detail('database_blocking_seconds');
  const positive = (say: (value: number) => string) => (value: number) =>
    value > 0 ? say(value) : undefined;
  return describe(database, [
    [
      'database_lock_waiting_sessions',
      (sessions) => `${digits(sessions)} sessions of ${name} wait for a lock`,
    ],
    [
      'database_lock_longest_wait_seconds',
      positive((seconds) => `the longest has been waiting for ${formatSpan(seconds)}`),
    ],
    [
      'database_blocking_seconds',
      (seconds) =>
        `session ${blocker_pid ?? '?'} of ${application || 'an application without a name'} has been in their way for ${formatSpan(seconds)}`,
    ],
    [
      'database_idle_in_transaction_seconds',
      (seconds) =>
        seconds >= idleSeconds
          ? `a transaction has been open and idle for ${formatSpan(seconds)}`
          : undefined,
    ],
    [
      'database_connections_used_ratio',
      (ratio) => `${formatPercent(ratio)} of the usable connections are taken`,
    ],
    [
      'database_deadlocks_per_second',
      positive((rate) => `${digits(rate * 60)} deadlocks a minute were broken`),
    ],
  ]);
}

/** What helps against waiting for locks does not help against a full pool, and the other way round. */
function adviceFor({ locks, connections }: { locks: number; connections: number }) {
  return connections > locks ? [...CONNECTION_ADVICE, ...LOCK_ADVICE] : LOCK_ADVICE;
}

const LOCK_ADVICE: readonly Advice[] = [
  {
    id: 'end_blocker',
    text: 'Look at the blocker (select pid, state, query from pg_stat_activity where pid = any(pg_blocking_pids(<waiting pid>))), then pg_cancel_backend(pid) or pg_terminate_backend(pid)',
    reason: 'everybody in the queue waits for this one session',
    effect: 'the queue moves at once; the blocker is rolled back',
    effort: 'minutes',
    confidence: 0.85,
  },
  {
    id: 'bound_transactions',
    text: 'Set lock_timeout, statement_timeout and idle_in_transaction_session_timeout for the application’s role',
    reason: 'a transaction that is left open holds its locks until somebody ends it',
    effect: 'a forgotten transaction ends by itself',
    effort: 'minutes',
    confidence: 0.75,
  },
  {
    id: 'shorten_transactions',
    text: 'Commit sooner, touch rows in one order, do not call other services inside a transaction, and change tables with lock_timeout set',
    reason: 'locks are held from the statement to the end of the transaction',
    effect: 'shorter queues for the same work',
    effort: 'days',
    confidence: 0.7,
  },
];

const CONNECTION_ADVICE: readonly Advice[] = [
  {
    id: 'pool_connections',
    text: 'Put a pool in front (pgbouncer in transaction mode), and bound the pools of the applications so that their sum fits',
    reason: 'most connections are idle most of the time',
    effect: 'the same load with a tenth of the connections',
    effort: 'hours',
    confidence: 0.9,
  },
  {
    id: 'find_connection_leak',
    text: 'Count by client: select application_name, client_addr, state, count(*) from pg_stat_activity group by 1, 2, 3 order by 4 desc',
    reason: 'one client that does not give connections back takes them all',
    effect: 'you know whose pool to fix',
    effort: 'minutes',
    confidence: 0.88,
  },
];
