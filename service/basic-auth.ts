// Basic authentication against bcrypt hashes: the slow comparison runs once per password, in a thread, one at a time.
import { createHmac, randomBytes } from 'node:crypto';
import { Worker } from 'node:worker_threads';

const MAX_REMEMBERED = 100;
const MAX_WAITING = 16;
const COMPARE_TIMEOUT_MS = 15_000;
const MAX_HEADER_CHARS = 1_024;
/** The hash of a random text that nobody has; its cost is replaced by that of the real users. */
const NOBODY = '$2b$10$9n0DfJnf55VtBnJKLYRQfeAbwhnBPHPqhZKw.HzeNZiBReZ4aufMK';

export type Users = Readonly<Record<string, string>>;
export type Verdict = 'accepted' | 'refused' | 'busy';
export type CompareHash = (password: string, hash: string) => Promise<boolean>;

/** Judges an Authorization header against the users of now; `busy` when too many comparisons wait. */
export type Authenticate = (header: string | undefined, users: Users) => Promise<Verdict>;

/**
 * What was found is remembered under a keyed digest, never the password itself. Accepted and refused ones are kept apart,
 * so that a flood of guesses does not push out the real users; an unknown user costs as much as a known one.
 */
export function createAuthenticator(compare: CompareHash = compareInThread): Authenticate {
  const secret = randomBytes(32);
  const accepted = new Set<string>();
  const refused = new Set<string>();
  let waiting = 0;
  let queue: Promise<unknown> = Promise.resolve();
  return async (header, users) => {
    const credentials = parseBasic(header);
    if (credentials === undefined) return 'refused';
    const { user, password } = credentials;
    const known = Object.hasOwn(users, user);
    const hash = known ? users[user]! : nobodyAmong(users);
    const key = createHmac('sha256', secret)
      .update(JSON.stringify([known, hash, user, password]))
      .digest('base64');
    if (accepted.has(key)) return 'accepted';
    if (refused.has(key)) return 'refused';
    if (waiting >= MAX_WAITING) return 'busy';
    waiting += 1;
    const turn = queue.catch(() => {}).then(() => compare(password, hash));
    queue = turn;
    try {
      const equal = await turn;
      const good = equal && known;
      remember(good ? accepted : refused, key);
      return good ? 'accepted' : 'refused';
    } finally {
      waiting -= 1;
    }
  };
}

/** RFC 7617: base64 of user, colon, password, where only the password may have colons. */
export function parseBasic(header = ''): { user: string; password: string } | undefined {
  if (header.length > MAX_HEADER_CHARS) return undefined;
  const encoded = /^basic +([A-Za-z0-9+/]+=*) *$/i.exec(header)?.[1];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 0 ? undefined : { user: text.slice(0, colon), password: text.slice(colon + 1) };
}

function nobodyAmong(users: Users): string {
  const costs = Object.values(users).map((hash) => hash.slice(4, 6));
  return NOBODY.replace('$10$', `$${costs.sort().at(-1) ?? '10'}$`);
}

function remember(keys: Set<string>, key: string): void {
  const [oldest] = keys;
  if (keys.size >= MAX_REMEMBERED && oldest !== undefined) keys.delete(oldest);
  keys.add(key);
}

function compareInThread(password: string, hash: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('bcrypt-thread.mjs', import.meta.url), {
      workerData: { password, hash },
    });
    const timer = setTimeout(() => {
      reject(new Error(`Comparing a password took longer than ${COMPARE_TIMEOUT_MS} ms`));
      void worker.terminate();
    }, COMPARE_TIMEOUT_MS);
    worker.once('message', (equal: boolean) => resolve(equal));
    worker.once('error', reject);
    worker.once('exit', (code) => {
      clearTimeout(timer);
      reject(new Error(`The thread that compares a password ended with code ${code}`));
    });
  });
}
