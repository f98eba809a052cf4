// `systemd`: restarts, reloads, signals or limits one unit by systemctl, here or on the host by ssh, as words only.
// Source: https://www.freedesktop.org/software/systemd/man/latest/systemctl.html
import { z } from 'zod';
import {
  type Executor,
  type ExecutorAction,
  ExecutorError,
  type Outcome,
  toOutcome,
} from '../executor.ts';
import { matchesGlob } from '../glob.ts';
import { runChild } from './child.ts';
import { parseParameters, problemsOf } from './parameters.ts';
import { commandOn, type HostCommand, judgeStart, type SshConfig } from './ssh.ts';

export const SYSTEMD_VERBS = ['restart', 'reload', 'kill', 'set_property'] as const;

/** systemd.unit(5) without the backslash of escaped names, which a shell would read on the way of ssh. */
const UNIT =
  /^[A-Za-z0-9_][A-Za-z0-9_.:@-]{0,200}\.(service|socket|timer|slice|scope|mount|target)$/;
const PROPERTY = /^[A-Z][A-Za-z]{1,40}$/;
/** A percentage, a size, a number or a word; systemd.resource-control(5). */
const VALUE = /^[A-Za-z0-9][A-Za-z0-9.%_-]{0,30}$/;
const SHOWN = [
  'LoadState',
  'ActiveState',
  'SubState',
  'MainPID',
  'NRestarts',
  'CanReload',
  'Result',
];
const SHOW_TIMEOUT_MS = 30_000;

const schema = z
  .strictObject({
    unit: z.string().min(1).max(256),
    verb: z.enum(SYSTEMD_VERBS),
    /** Of `set_property`: until the next boot, never written to the unit's files. */
    properties: z.record(z.string().regex(PROPERTY), z.string().min(1)).default({}),
  })
  .refine(
    ({ verb, properties }) => (verb === 'set_property') === Object.keys(properties).length > 0,
    {
      error: 'set_property needs properties, and nothing else has them',
      path: ['properties'],
    },
  );
type Parameters = z.infer<typeof schema>;

export const systemdAllowSchema = z.strictObject({
  unit: z.string().min(1).describe('Name of a unit with its suffix; * stands for any characters.'),
  verbs: z.array(z.enum(SYSTEMD_VERBS)).min(1).describe('What may be done.'),
  properties: z
    .array(z.string().regex(PROPERTY))
    .default([])
    .describe('What set_property may set.'),
});
export type SystemdUnit = z.infer<typeof systemdAllowSchema>;

export interface SystemdOptions {
  /** An empty list allows nothing. */
  readonly allowed: readonly SystemdUnit[];
  readonly systemctl: string;
  readonly ssh: SshConfig;
}

/** systemctl on the action's host: here when it is the analyzer's own, else by ssh. */
type Systemctl = (words: readonly string[]) => HostCommand;

export function createSystemdExecutor({ allowed, systemctl, ssh }: SystemdOptions): Executor {
  const open = (action: ExecutorAction): { parameters: Parameters; on: Systemctl } => {
    const parameters = parseParameters(schema, action.parameters);
    requireAllowed(parameters, allowed);
    return { parameters, on: (words) => commandOn(action.host, [systemctl, ...words], ssh) };
  };
  return {
    check: (parameters) => problemsOf(schema, parameters),
    async plan(action, signal) {
      const { parameters, on } = open(action);
      const { argv } = on(wordsOf(parameters));
      const state = await show(on, parameters, signal);
      return `Would run ${JSON.stringify(argv)}\nNow:\n${state}`;
    },
    run: (action, signal) =>
      toOutcome(async () => {
        const { parameters, on } = open(action);
        const command = on(wordsOf(parameters));
        await show(on, parameters, signal);
        const timeoutMs = action.timeoutSeconds * 1000;
        const result = await runChild(command.argv, { timeoutMs, signal });
        const failed = judgeStart(result, command);
        if (failed !== undefined) return failed;
        const { status, output } = result;
        if (status !== 0)
          return {
            result: 'permanent',
            reason: 'exit_code',
            output: `exit code ${status}\n${output}`,
          };
        return showAfter(on, parameters, signal);
      }),
  };
}

function requireAllowed(
  { unit, verb, properties }: Parameters,
  allowed: readonly SystemdUnit[],
): void {
  const refuse = (message: string) => new ExecutorError('not_allowed', message);
  if (!UNIT.test(unit) || unit.includes('..'))
    throw refuse(`"${unit}" is not the name of a unit with its suffix, such as shop.service`);
  const names = Object.keys(properties);
  const entry = allowed.find(
    (one) =>
      matchesGlob(one.unit, unit) &&
      one.verbs.includes(verb) &&
      names.every((name) => one.properties.includes(name)),
  );
  if (entry === undefined)
    throw refuse(
      `remediation.allow.systemd_units does not have ${verb} ${unit} ${names.join(' ')}`,
    );
  const odd = Object.entries(properties).find(([, value]) => !VALUE.test(value));
  if (odd !== undefined) throw refuse(`${odd[0]}: "${odd[1]}" is not a plain value`);
}

function wordsOf({ unit, verb, properties }: Parameters): string[] {
  const settings = Object.entries(properties).map(([name, value]) => `${name}=${value}`);
  const words =
    verb === 'set_property'
      ? ['set-property', '--runtime', '--', unit, ...settings]
      : verb === 'kill'
        ? ['kill', '--signal=SIGTERM', '--', unit]
        : [verb, '--', unit];
  return ['--no-ask-password', ...words];
}

function showWords({ unit, properties }: Parameters): string[] {
  const shown = [...SHOWN, ...Object.keys(properties)].map((name) => `--property=${name}`);
  return ['show', ...shown, '--', unit];
}

/** The state as systemctl shows it. @throws {ExecutorError} when the unit is not there, or cannot do it. */
async function show(on: Systemctl, parameters: Parameters, signal: AbortSignal): Promise<string> {
  const command = on(showWords(parameters));
  const result = await runChild(command.argv, { timeoutMs: SHOW_TIMEOUT_MS, signal });
  const failed = judgeStart(result, command);
  // It only looks: another try costs nothing, where another try makes sense.
  if (failed !== undefined)
    throw new ExecutorError(failed.reason, failed.output, failed.result === 'retryable');
  const { status, output } = result;
  if (status !== 0) throw new ExecutorError('exit_code', `systemctl show: ${status}: ${output}`);
  if (!/^LoadState=loaded$/m.test(output))
    throw new ExecutorError('no_such_unit', `${parameters.unit} is not loaded: ${output}`);
  if (parameters.verb === 'reload' && /^CanReload=no$/m.test(output))
    throw new ExecutorError('cannot_reload', `${parameters.unit} cannot be reloaded`);
  return output;
}

/** What counts is whether the unit is up afterwards: a restart of Type=simple does not fail by itself. */
async function showAfter(
  on: Systemctl,
  parameters: Parameters,
  signal: AbortSignal,
): Promise<Outcome> {
  try {
    const state = await show(on, parameters, signal);
    const output = `Afterwards:\n${state}`;
    return /^ActiveState=failed$/m.test(state)
      ? { result: 'permanent', reason: 'not_active', output }
      : { result: 'done', reason: 'done', output };
  } catch (error) {
    // It was done: another try would do it twice.
    return { result: 'permanent', reason: 'state_unknown', output: (error as Error).message };
  }
}
