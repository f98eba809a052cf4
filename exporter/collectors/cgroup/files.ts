// The small files of a cgroup: one number, the word max, or lines of a name and a number.
import { type HostFiles, optional } from '../../sources/host-files.ts';
import { kernelNumber } from '../kernel-number.ts';

export interface CgroupFiles {
  /** Undefined where there is no such file, as in the root of a tree. */
  number(path: string, file: string): number | undefined;
  /** Undefined for no limit too: `max`, or −1. */
  limit(path: string, file: string): number | undefined;
  /** The words of the first line. */
  words(path: string, file: string): readonly string[] | undefined;
  /** Numbers by name; empty where there is no such file. */
  table(path: string, file: string): ReadonlyMap<string, number>;
  /** One number of a long table. */
  row(path: string, file: string, name: string): number | undefined;
  text(path: string, file: string): string | undefined;
}

/** @param folder of the tree, below sysfs; a path is `/` or `/a/b`. */
export function createCgroupFiles(files: HostFiles, folder: string): CgroupFiles {
  const text = (path: string, file: string) =>
    optional(() => files.sys(`${folder}${path}/${file}`));
  const words = (path: string, file: string) => text(path, file)?.trim().split(/\s+/);
  return {
    text,
    words,
    number(path, file) {
      const word = words(path, file)?.[0];
      return word === undefined ? undefined : kernelNumber(word, `${file} of cgroup ${path}`);
    },
    limit(path, file) {
      const word = words(path, file)?.[0];
      if (word === undefined || word === 'max' || word === '-1') return undefined;
      return kernelNumber(word, `${file} of cgroup ${path}`);
    },
    row(path, file, name) {
      const value = findRow(text(path, file) ?? '', name);
      return value === undefined
        ? undefined
        : kernelNumber(value, `${file} of cgroup ${path}: ${name}`);
    },
    table: (path, file) => parseTable(text(path, file) ?? '', `${file} of cgroup ${path}`),
  };
}

/** Parses lines such as `nr_throttled 12`. @param place for the error. */
export function parseTable(text: string, place: string): ReadonlyMap<string, number> {
  const rows = text.split('\n').filter((line) => line !== '');
  return new Map(
    rows.map((line) => {
      const [name = '', value] = line.split(' ');
      return [name, kernelNumber(value, `${place}: ${name}`)];
    }),
  );
}

/** memory.stat has dozens of lines of which one is wanted: taking all apart cost most of a reading. */
function findRow(text: string, name: string): string | undefined {
  const start = text.startsWith(`${name} `) ? 0 : text.indexOf(`\n${name} `) + 1;
  if (start === 0 && !text.startsWith(`${name} `)) return undefined;
  const end = text.indexOf('\n', start);
  return text.slice(start + name.length + 1, end === -1 ? undefined : end);
}
