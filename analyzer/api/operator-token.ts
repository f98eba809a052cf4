// Tokens of people and programs, known by their hash only.
import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Request } from 'express';
import { ConfigError } from '../../service/config.ts';
import type { RemediationConfig, Role } from '../remediation/config.ts';

const HASH = /^(?:sha256:)?([0-9a-f]{64})$/;
const MAX_TOKEN_CHARS = 1_024;

export interface TokenOwner {
  readonly name: string;
  readonly role: Role;
}

export interface Gate {
  /** Whether there are any tokens: without them this machine itself is trusted. */
  readonly hasTokens: boolean;
  find(token: string): TokenOwner | undefined;
  /** Whether a token of this name still has this role. */
  has(owner: TokenOwner): boolean;
}

interface Known extends TokenOwner {
  readonly hash: Buffer;
}

/** @throws {ConfigError} when a file does not hold a hash. */
export function createGate({ tokens }: Pick<RemediationConfig, 'tokens'>): Gate {
  const known = readTokens(tokens);
  return {
    hasTokens: known.length > 0,
    /** Every hash is compared, in the same time wherever they differ. */
    find(token) {
      if (token.length > MAX_TOKEN_CHARS) return undefined;
      const hash = createHash('sha256').update(token).digest();
      const found = known.filter((one) => timingSafeEqual(one.hash, hash))[0];
      return found === undefined ? undefined : { name: found.name, role: found.role };
    },
    has: ({ name, role }) => known.some((one) => one.name === name && one.role === role),
  };
}

/** The second header is for servers whose Authorization is taken by basic authentication. */
export function tokenOf({ headers }: Request): string | undefined {
  const own = headers['x-guard-token'];
  if (typeof own === 'string') return own;
  return /^Bearer\s+(\S+)$/i.exec(headers.authorization ?? '')?.[1];
}

function readTokens(tokens: RemediationConfig['tokens']): Known[] {
  const problems: string[] = [];
  const known = tokens.flatMap(({ name, role, hash_file }) => {
    try {
      const hex = HASH.exec(readFileSync(hash_file, 'utf8').trim().split(/\s/)[0] ?? '')?.[1];
      if (hex !== undefined) return [{ name, role, hash: Buffer.from(hex, 'hex') }];
      problems.push(`${hash_file}: expected the SHA-256 of a token (printf %s TOKEN | sha256sum)`);
    } catch (error) {
      problems.push(`remediation.tokens: ${(error as Error).message}`);
    }
    return [];
  });
  if (problems.length > 0) throw new ConfigError(problems);
  return known;
}
