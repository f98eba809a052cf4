// What cases need of the machine, as reasons why they cannot run; the first that applies is told.
import { tmpdir } from 'node:os';
import { findProgram } from '../../deploy/local/executables.ts';
import { diskMissing } from './files.ts';
import { isolationMissing } from './isolation.ts';
import { launchMissing } from './program.ts';

/** Bounded programs of our own, and the reasons that follow. */
export function firstReason(...reasons: readonly (string | undefined)[]): string | undefined {
  return [launchMissing(), ...reasons].find((reason) => reason !== undefined);
}

/** The reason for a program of Debian's. */
export function programMissing(name: string, aptPackage: string): string | undefined {
  return findProgram([name]) === undefined
    ? `${name} not found: apt-get install ${aptPackage}`
    : undefined;
}

/** The reason for files that must reach a disk. */
export function noDisk(): string | undefined {
  return diskMissing(tmpdir());
}

/** The reason for network devices and mounts, which only a namespace of our own may hold. */
export function noNamespace(): string | undefined {
  const reason = isolationMissing();
  return reason === undefined ? undefined : `no network namespace of its own: ${reason}`;
}
