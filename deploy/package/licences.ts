// Under which licences the packages of node_modules are, and which of them may not be shipped or used.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** May be shipped within ours, which is under Apache-2.0: https://www.apache.org/legal/resolved.html (category A). */
export const SHIPPED: readonly string[] = [
  ...['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT', 'MIT-0', 'Unlicense'],
  ...['BlueOak-1.0.0', 'CC0-1.0', 'Python-2.0'],
];
/** May be used to develop and test, where nothing of them is shipped. */
export const DEVELOPED_WITH: readonly string[] = [...SHIPPED, 'MPL-2.0', 'CC-BY-4.0'];

export interface PackageLicence {
  /** Path below the root, as in package-lock.json. */
  readonly path: string;
  /** An SPDX expression; undefined where neither package.json nor a file says one. */
  readonly licence: string | undefined;
  readonly isShipped: boolean;
}

interface Lock {
  readonly packages: Readonly<
    Record<string, { readonly dev?: boolean; readonly license?: string; readonly link?: boolean }>
  >;
}

/** Every package of package-lock.json; those for other platforms are not installed, and are as the lock says. */
export function readLicences(root: string): PackageLicence[] {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as Lock;
  return Object.entries(lock.packages)
    .filter(([path, { link }]) => path !== '' && link !== true)
    .map(([path, { dev = false, license }]) => ({
      path,
      licence: licenceIn(join(root, path)) ?? license,
      isShipped: !dev,
    }));
}

/** One sentence per package that may not be where it is. */
export function licenceProblems(packages: readonly PackageLicence[]): string[] {
  return packages.flatMap(({ path, licence, isShipped }) => {
    const allowed = isShipped ? SHIPPED : DEVELOPED_WITH;
    if (licence === undefined) return [`${path}: says no licence`];
    if (isAllowed(licence, allowed)) return [];
    return [`${path}: ${licence} may not be ${isShipped ? 'shipped' : 'used'}`];
  });
}

/** Of `A OR B` one is enough, of `A AND B` both are needed; anything else of SPDX is looked at by a person. */
function isAllowed(expression: string, allowed: readonly string[]): boolean {
  const plain = expression.replace(/^\((.*)\)$/, '$1');
  if (plain.includes(' AND ')) return plain.split(' AND ').every((one) => allowed.includes(one));
  return plain.split(' OR ').some((one) => allowed.includes(one));
}

function licenceIn(folder: string): string | undefined {
  if (!existsSync(join(folder, 'package.json'))) return undefined;
  const { license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    readonly license?: unknown;
  };
  return typeof license === 'string' ? license : licenceOfText(folder);
}

/** Some packages have only the text. */
function licenceOfText(folder: string): string | undefined {
  const name = readdirSync(folder).find((file) => /^licen[cs]e(\.(md|txt))?$/i.test(file));
  const text = name === undefined ? '' : readFileSync(join(folder, name), 'utf8');
  return /Permission is hereby granted, free of charge, to any person obtaining a copy/.test(text)
    ? 'MIT'
    : undefined;
}
