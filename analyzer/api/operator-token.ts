// Who may decide: tokens that are known by their hash only or, where none is configured, this machine itself and nobody else.
import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { ConfigError } from '../../service/config.ts';
import type { RemediationConfig, Role } from '../remediation/config.ts';
import { sendProblem } from './problem.ts';

const HASH = /^(?:sha256:)?([0-9a-f]{64})$/;
/** Signs of a proxy on this machine that lets strangers through, or of a page in somebody's browser. */
const FORWARDED = ['forwarded', 'x-forwarded-for', 'x-real-ip', 'via', 'origin'];

interface Known {
  readonly name: string;
  readonly role: Role;
  readonly hash: Buffer;
}

export interface Gate {
  /** Lets pass who has one of the roles; `callerOf` then knows the name. */
  require(...roles: readonly Role[]): RequestHandler;
}

/** @throws {ConfigError} when a file does not hold a hash. */
export function createGate({ tokens }: Pick<RemediationConfig, 'tokens'>): Gate {
  const known = readTokens(tokens);
  return {
    require: (...roles) =>
      function requireRole(request: Request, response: Response, next: NextFunction): void {
        if (known.length === 0) {
          if (isLocal(request)) pass(response, 'local', next);
          else
            refuse(
              response,
              403,
              'No token is configured (remediation.tokens): only this machine itself may',
            );
          return;
        }
        const caller = find(known, tokenOf(request));
        if (caller === undefined) {
          response.set('WWW-Authenticate', 'Bearer realm="Latency Guard"');
          refuse(response, 401, 'A token is needed: Authorization: Bearer, or X-Guard-Token');
        } else if (!roles.includes(caller.role)) {
          refuse(response, 403, `${caller.name} is ${caller.role}, expected ${roles.join(' or ')}`);
        } else pass(response, caller.name, next);
      },
  };
}

export function callerOf(response: Response): string {
  return String(response.locals.caller);
}

function pass(response: Response, name: string, next: NextFunction): void {
  response.locals.caller = name;
  next();
}

function refuse(response: Response, status: 401 | 403, detail: string): void {
  sendProblem(response, { status, title: status === 401 ? 'Unauthorized' : 'Forbidden', detail });
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

/** Every hash is compared, in the same time wherever they differ. */
function find(known: readonly Known[], token: string | undefined): Known | undefined {
  if (token === undefined) return undefined;
  const hash = createHash('sha256').update(token).digest();
  return known.filter((one) => timingSafeEqual(one.hash, hash))[0];
}

/** The second header is for servers whose Authorization is taken by basic authentication. */
function tokenOf({ headers }: Request): string | undefined {
  const own = headers['x-guard-token'];
  if (typeof own === 'string') return own;
  return /^Bearer\s+(\S+)$/i.exec(headers.authorization ?? '')?.[1];
}

function isLocal(request: Request): boolean {
  const name = (request.headers.host ?? '').replace(/:\d+$/, '');
  return (
    /^(::1$|(::ffff:)?127\.)/.test(request.socket.remoteAddress ?? '') &&
    /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(name) &&
    FORWARDED.every((header) => request.headers[header] === undefined)
  );
}
