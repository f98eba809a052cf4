// What perf prints when it cannot work → the reason and what to do. Its words are those of perf 5.10 to 6.x in the C locale.
import { NoDataError } from './no-data.ts';

/** What perf wrote to standard error is kept up to here: the reason comes first, advice and usage follow. */
export const MAX_FAILURE_CHARS = 4096;

interface Failure {
  readonly pattern: RegExp;
  readonly reason: string;
  readonly message: string;
}

const FAILURES: readonly Failure[] = [
  {
    // Ubuntu installs a wrapper that looks for the perf of the running kernel.
    pattern: /^ENOENT|perf not found for kernel/m,
    reason: 'not_installed',
    message: 'Cannot run perf: install linux-perf (Debian) or linux-tools for this kernel (Ubuntu)',
  },
  {
    pattern:
      /Access to performance monitoring|perf_event_paranoid|Permission denied|Operation not permitted|^E(ACCES|PERM)/m,
    reason: 'permission_denied',
    message:
      'perf may not watch this: run as root, grant CAP_PERFMON and CAP_SYS_PTRACE, or set kernel.perf_event_paranoid to 0 ' +
      '(-1 with kernel symbols); in a container also allow perf_event_open in the seccomp profile',
  },
  {
    pattern: /No such process/,
    reason: 'process_gone',
    message: 'A process ended before perf could attach to it',
  },
  {
    pattern: /Too many (events|open files)/,
    reason: 'too_many_threads',
    message: 'The processes have more threads than perf may open counters for: raise ulimit -n',
  },
  {
    pattern: /not supported|Function not implemented|event syntax error|unknown option/i,
    reason: 'not_supported',
    message: 'This kernel or this perf does not offer what was asked',
  },
];

/** @param text what perf wrote to standard error, or `CODE: …` of the error that kept it from starting. */
export function perfFailure(text: string): NoDataError {
  const known = FAILURES.find(({ pattern }) => pattern.test(text));
  const detail = paranoidSetting(text) ?? firstLine(text);
  if (known !== undefined) {
    return new NoDataError(
      known.reason,
      detail === '' ? known.message : `${known.message}: ${detail}`,
    );
  }
  return new NoDataError(
    'perf_failed',
    `perf ended${detail === '' ? ' without a word' : `: ${detail}`}`,
  );
}

function paranoidSetting(text: string): string | undefined {
  return /perf_event_paranoid setting is -?\d+/.exec(text)?.[0];
}

/** The first line that says something: `Error:` alone does not. */
function firstLine(text: string): string {
  const lines = text.split('\n').map((line) => line.trim());
  return (lines.find((line) => line !== '' && line !== 'Error:') ?? '').slice(0, 200);
}
