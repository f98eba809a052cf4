// A program on another host by ssh. ssh hands its words to a shell there, so only words without any meaning to a shell may go.
import { hostname } from 'node:os';
import { isAbsolute } from 'node:path';
import { z } from 'zod';
import { ExecutorError, type Outcome } from '../executor.ts';
import type { ChildResult } from './child.ts';

export const sshSchema = z.strictObject({
  config_file: z
    .string()
    .refine(isAbsolute, 'expected an absolute path')
    .optional()
    .describe('File as ssh -F takes it: users, keys, known hosts, ports, jump hosts.'),
});
export type SshConfig = z.infer<typeof sshSchema>;

/** A program that a configuration names: it is the first word, so no assignment. */
export const program = (name: string) =>
  z
    .string()
    .regex(/^[A-Za-z0-9_./-]+$/, `expected a program such as ${name}`)
    .default(name);

/** One host: no option, no user@, no pattern. */
export const HOST = /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/;
/**
 * No quoting is needed, whatever the shell is: no space, $, `, quote, *, ?, [, {, ~, #, !, &, |, ;, <, >.
 * `%` means nothing to a shell within a word; as its first sign it would name a job.
 */
const SAFE_WORD = /^[A-Za-z0-9_.:@/-][A-Za-z0-9_.:@/=%-]*$/;
const OPTIONS = [
  'BatchMode=yes',
  'StrictHostKeyChecking=yes',
  'ConnectTimeout=15',
  'ServerAliveInterval=15',
  'ServerAliveCountMax=4',
  'LogLevel=ERROR',
  'ClearAllForwardings=yes',
  'ForwardAgent=no',
  'PermitLocalCommand=no',
].flatMap((option) => ['-o', option]);
/** ssh's own failure. */
const SSH_FAILED = 255;
const NOT_REACHED =
  /^(ssh: (connect to host|Could not resolve hostname)|kex_exchange_identification)/;
const REFUSED = /(Permission denied|Host key verification failed|host key is known)/;

export interface HostCommand {
  readonly argv: readonly string[];
  readonly remote: boolean;
}

/** The words as they are on this machine, by ssh on any other. @throws {ExecutorError} */
export function commandOn(host: string, words: readonly string[], config: SshConfig): HostCommand {
  if (host === hostname()) return { argv: words, remote: false };
  if (!HOST.test(host)) throw new ExecutorError('not_allowed', `"${host}" is not one host's name`);
  const file = config.config_file === undefined ? [] : ['-F', config.config_file];
  return {
    argv: ['ssh', '-n', '-T', ...file, ...OPTIONS, '--', host, ...safe(words)],
    remote: true,
  };
}

/** @throws {ExecutorError} unless every word means itself in every shell. */
export function safe(words: readonly string[]): readonly string[] {
  const bad = words.find((word) => !SAFE_WORD.test(word));
  if (bad === undefined && words.length > 0 && !words[0]?.includes('=')) return words;
  throw new ExecutorError(
    'not_allowed',
    `${JSON.stringify(bad ?? words[0] ?? '')} cannot go through ssh: letters, digits and _ . : @ / = % - only`,
  );
}

/** What went wrong before the program could say anything; undefined when it ran to its end. */
export function judgeStart(
  result: ChildResult,
  { argv, remote }: HostCommand,
): Outcome | undefined {
  const { status, ended, output } = result;
  if (ended === 'not_started')
    return { result: 'permanent', reason: 'not_installed', output: `${argv[0]}: ${output}` };
  if (ended !== 'exit') {
    const left = remote ? `${output}\nended here; over there it may go on` : output;
    return { result: 'permanent', reason: ended, output: left };
  }
  if (remote && status === SSH_FAILED) {
    if (NOT_REACHED.test(output)) return { result: 'retryable', reason: 'unreachable', output };
    const reason = REFUSED.test(output) ? 'ssh_refused' : 'connection_lost';
    return { result: 'permanent', reason, output };
  }
  if (status === 126 || status === 127)
    return { result: 'permanent', reason: 'not_installed', output };
  return undefined;
}
