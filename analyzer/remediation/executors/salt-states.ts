// What a minion returns of state.apply, judged state by state and written down for a person.
// Source: https://docs.saltproject.io/en/latest/ref/states/writing.html (result: true, false, null = would change).
import { z } from 'zod';
import type { Outcome } from '../executor.ts';
import type { MinionReturn } from './salt-api.ts';

const MAX_STATES = 500;
const MAX_TEXT_CHARS = 8_192;
/** The minion's own lock: it has not begun. */
const BUSY = /is running as PID \d+/;

const stateSchema = z.object({
  result: z.boolean().nullable(),
  comment: z.unknown(),
  changes: z.unknown(),
  name: z.string().optional(),
  __id__: z.string().optional(),
  __run_num__: z.number().default(0),
});
type State = z.infer<typeof stateSchema>;

/** @param test whether it was asked with test=True, where `null` is what is hoped for. */
export function judgeStates({ return: returned, retcode }: MinionReturn, test: boolean): Outcome {
  const parsed = z.record(z.string(), stateSchema).safeParse(returned);
  if (!parsed.success) {
    const output = textOf(returned);
    return BUSY.test(output)
      ? { result: 'retryable', reason: 'busy', output }
      : { result: 'permanent', reason: 'state_error', output };
  }
  const states = Object.entries(parsed.data).sort(([, a], [, b]) => a.__run_num__ - b.__run_num__);
  const output = describe(states);
  const problem = problemOf(
    states.map(([, state]) => state),
    retcode,
    test,
  );
  if (problem !== undefined) return { result: 'permanent', reason: problem, output };
  const changed = states.some(([, state]) => isChanged(state));
  return { result: 'done', reason: changed ? 'done' : 'unchanged', output };
}

function problemOf(
  states: readonly State[],
  retcode: number | undefined,
  test: boolean,
): string | undefined {
  if (states.length === 0) return 'no_states';
  if (states.some(({ result }) => result === false)) return 'state_failed';
  // The minion's own configuration says test: then nothing was done.
  if (!test && states.some(({ result }) => result === null)) return 'test_mode';
  return retcode === undefined || retcode === 0 ? undefined : 'retcode';
}

function isChanged({ result, changes }: State): boolean {
  return result === null || Object.keys(toObject(changes)).length > 0;
}

function describe(states: readonly (readonly [string, State])[]): string {
  const count = (is: (state: State) => boolean) => states.filter(([, state]) => is(state)).length;
  const changed = count(isChanged);
  const failed = count(({ result }) => result === false);
  const head = `${states.length} states, ${changed} with changes, ${failed} failed`;
  const left = states.length - MAX_STATES;
  // The failed ones survive the bound.
  const shown = [...states].sort(([, a], [, b]) => rankOf(a) - rankOf(b)).slice(0, MAX_STATES);
  const lines = states.filter((one) => shown.includes(one)).map(describeState);
  return [head, ...lines, ...(left > 0 ? [`${left} more states left out`] : [])].join('\n');
}

function rankOf(state: State): number {
  if (state.result === false) return 0;
  return isChanged(state) ? 1 : 2;
}

/** The key is `module_|-id_|-name_|-function`. */
function describeState([key, state]: readonly [string, State]): string {
  const [module, id = state.__id__, , fun] = key.split('_|-');
  const word =
    state.result === false
      ? 'FAILED'
      : state.result === null
        ? 'would change'
        : isChanged(state)
          ? 'changed'
          : 'ok';
  const { diff, ...others } = toObject(state.changes);
  const rest = Object.keys(others).length > 0 ? `\n${textOf(others)}` : '';
  const patch = diff === undefined ? '' : `\n${textOf(diff)}`;
  return `[${word}] ${id} (${module}.${fun}): ${textOf(state.comment)}${patch}${rest}`;
}

function toObject(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return value ? { value } : {};
  return value as Readonly<Record<string, unknown>>;
}

function textOf(value: unknown): string {
  const lines = Array.isArray(value) ? value : [value];
  const text = lines
    .map((line) => (typeof line === 'string' ? line : (JSON.stringify(line, null, 1) ?? '')))
    .join('\n')
    .trimEnd();
  return text.length <= MAX_TEXT_CHARS ? text : `${text.slice(0, MAX_TEXT_CHARS)} [cut]`;
}
