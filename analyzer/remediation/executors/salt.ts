// `salt`: state.apply on one minion by salt-api, first with test=True; started without waiting, then asked until it has returned.
import { z } from 'zod';
import {
  type Executor,
  type ExecutorAction,
  ExecutorError,
  type Outcome,
  toOutcome,
} from '../executor.ts';
import { parseParameters, problemsOf } from './parameters.ts';
import { poll } from './poll.ts';
import { createSaltApi, type SaltApi, type SaltConfig, type SaltJob } from './salt-api.ts';
import { judgeStates } from './salt-states.ts';

const FUN = 'state.apply';
/** One minion: no glob, list or compound expression. */
const MINION = /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/;
/** The analyzer itself has four seconds to stop. */
const STOP_TIMEOUT_MS = 3_000;

const schema = z.strictObject({
  /** One state: no list, no template. */
  state: z
    .string()
    .regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]*$/, 'expected one state such as shop.restart'),
  pillar: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
  saltenv: z
    .string()
    .regex(/^[A-Za-z0-9_-]+$/)
    .optional(),
});

export interface SaltExecutorOptions {
  /** Names of states. */
  readonly allowed: readonly string[];
  readonly config: SaltConfig | undefined;
}

export interface SaltExecutor extends Executor {
  /** What came of a run that nobody waited for; undefined when the master knows of none, or it has not returned yet. */
  outcomeOf(action: ExecutorAction, signal: AbortSignal): Promise<Outcome | undefined>;
}

type Parameters = z.infer<typeof schema>;

export function createSaltExecutor({ allowed, config }: SaltExecutorOptions): SaltExecutor {
  const api = config && createSaltApi(config);
  const prepare = ({ parameters, host }: ExecutorAction) => {
    const parsed = parseParameters(schema, parameters);
    const refuse = (why: string) => new ExecutorError('not_allowed', why);
    if (api === undefined || config === undefined) throw refuse('remediation.salt is missing');
    if (!allowed.includes(parsed.state))
      throw refuse(`remediation.allow.salt_states does not have ${parsed.state}`);
    const minion = config.minion.replace('{{host}}', () => host);
    if (!MINION.test(host) || !MINION.test(minion))
      throw refuse(`"${minion}" is not the id of one minion`);
    return { api, parsed, minion };
  };
  return {
    check: (parameters) => [
      ...problemsOf(schema, parameters),
      ...(config === undefined ? ['state: remediation.salt is missing in the configuration'] : []),
    ],
    async plan(action, signal) {
      const { api, parsed, minion } = prepare(action);
      const kwarg = { ...kwargOf(parsed), test: true };
      const metadata = { guard_dry_run: action.id };
      const job = { minion, fun: FUN, arg: [parsed.state], kwarg, metadata };
      const outcome = await apply({ api, job, action, signal });
      if (outcome.result === 'done') return outcome.output;
      throw new ExecutorError(outcome.reason, outcome.output, outcome.result === 'retryable');
    },
    run: (action, signal) =>
      toOutcome(() => {
        const { api, parsed, minion } = prepare(action);
        const metadata = { guard_action: action.id };
        const job = { minion, fun: FUN, arg: [parsed.state], kwarg: kwargOf(parsed), metadata };
        return apply({ api, job, action, signal });
      }),
    async outcomeOf(action, signal) {
      const { api, minion } = prepare(action);
      const jid = await api.find(FUN, { guard_action: action.id }, signal);
      const returned = jid && (await api.result(jid, minion, signal));
      return returned ? named(judgeStates(returned, false), { jid, minion }) : undefined;
    },
  };
}

function kwargOf({ pillar, saltenv }: Parameters): Record<string, unknown> {
  return { pillar, ...(saltenv === undefined ? {} : { saltenv }) };
}

interface Application {
  readonly api: SaltApi;
  readonly job: SaltJob;
  readonly action: ExecutorAction;
  readonly signal: AbortSignal;
}

async function apply({ api, job, action, signal }: Application): Promise<Outcome> {
  const { minion, kwarg } = job;
  const timeoutMs = action.timeoutSeconds * 1000;
  const until = performance.now() + timeoutMs;
  const jid = await api.start(job, AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]));
  const polled = await poll((either) => api.result(jid, minion, either), {
    timeoutMs: until - performance.now(),
    signal,
  });
  if (polled.ended === 'answer')
    return named(judgeStates(polled.value, kwarg?.test === true), { jid, minion });
  const stopped = await stop(api, { jid, minion });
  const why = polled.lastError === undefined ? '' : `; last error: ${polled.lastError}`;
  const output = `nothing returned before the ${polled.ended === 'timeout' ? `time-out of ${action.timeoutSeconds} s` : 'run was ended'}${why}; ${stopped}`;
  return named({ result: 'permanent', reason: polled.ended, output }, { jid, minion });
}

/** What the job was told, not what it did: the minion answers later. */
async function stop(api: SaltApi, { jid, minion }: Job): Promise<string> {
  try {
    const job = { minion, fun: 'saltutil.term_job', arg: [jid] };
    await api.start(job, AbortSignal.timeout(STOP_TIMEOUT_MS));
    return 'the minion was asked to end it';
  } catch (error) {
    return `it may still run, because it could not be ended: ${(error as Error).message}`;
  }
}

interface Job {
  readonly jid: string;
  readonly minion: string;
}

function named(outcome: Outcome, { jid, minion }: Job): Outcome {
  return { ...outcome, output: `Salt job ${jid} on ${minion}: ${outcome.output}` };
}
