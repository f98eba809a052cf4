// The pods of this node, from the kubelet or from the API of Kubernetes.
// Sources: https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/,
// https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks,
// https://kubernetes.io/docs/reference/access-authn-authz/kubelet-authn-authz/ (GET /pods needs `get` on `nodes/proxy`)
import { readFile } from 'node:fs/promises';
import { type BoundedAnswer, getBounded } from './bounded-get.ts';
import type { PodItem, PodList } from './kubelet-answer.ts';
import { NoDataError } from './no-data.ts';

const MAX_BYTES = 32 * 1024 * 1024;
const PAGE_SIZE = 250;
/** A node runs some hundred pods. */
const MAX_PAGES = 20;
/** A list that expires while it is read begins anew this often. */
const MAX_RESTARTS = 1;

export interface Pod {
  readonly uid: string;
  /** Of a static pod: what its control groups are named after. */
  readonly manifestHash: string | undefined;
  readonly name: string;
  readonly namespace: string;
  readonly node: string | undefined;
  readonly containers: readonly PodContainer[];
}

export interface PodContainer {
  readonly name: string;
  readonly image: string;
  /** 64 hexadecimal digits; undefined while it has not been started. */
  readonly id: string | undefined;
}

export interface KubeletOptions {
  /** Of the kubelet, such as https://127.0.0.1:10250. */
  readonly kubeletUrl?: string | undefined;
  /** Of the API server; used when there is no kubeletUrl, together with the name of this node. */
  readonly apiUrl?: string | undefined;
  readonly nodeName?: string | undefined;
  /** Read at every call: Kubernetes replaces it before it expires. Sent over TLS only. */
  readonly tokenFile: string;
  readonly caFile: string;
  readonly insecureSkipVerify: boolean;
  /** For each request. */
  readonly timeoutMs: number;
}

/** Seconds that the server asked to be left alone for, if it did. */
export class KubeletError extends NoDataError {
  readonly retryAfterSeconds: number | undefined;
  constructor(reason: string, message: string, retryAfterSeconds?: number) {
    super(reason, message);
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/**
 * Every pod of the node, page by page.
 * @throws {KubeletError} `unauthorized`, `forbidden`, `timeout`, `no_token`, `no_ca`, `too_many_requests`, `bad_answer` or `failed`.
 */
export async function listPods(options: KubeletOptions): Promise<Pod[]> {
  const credentials = await readCredentials(options);
  for (let restart = 0; ; restart += 1) {
    const pods = await listPages(options, credentials);
    if (pods !== 'expired') return pods;
    if (restart >= MAX_RESTARTS) {
      throw new KubeletError(
        'failed',
        'The list of pods expired while it was read, twice in a row',
      );
    }
  }
}

interface Credentials {
  readonly token: string | undefined;
  readonly ca: string | undefined;
}

async function readCredentials(options: KubeletOptions): Promise<Credentials> {
  const { kubeletUrl, apiUrl, tokenFile, caFile, insecureSkipVerify } = options;
  if (!(kubeletUrl ?? apiUrl ?? '').startsWith('https:'))
    return { token: undefined, ca: undefined };
  return {
    token: (await readSecret('no_token', tokenFile)).trim(),
    ca: insecureSkipVerify ? undefined : await readSecret('no_ca', caFile),
  };
}

async function readSecret(reason: string, file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new KubeletError(reason, `Cannot read ${file}: ${(error as Error).message}`);
  }
}

async function listPages(
  options: KubeletOptions,
  credentials: Credentials,
): Promise<Pod[] | 'expired'> {
  const pods: Pod[] = [];
  let next = '';
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const url = urlOf(options, next);
    const answer = await get(url, options, credentials);
    if (answer.status === 410 && next !== '') return 'expired';
    const found = await parsePods(answer, url);
    pods.push(...found.pods);
    next = found.next;
    if (next === '') return pods;
  }
  throw new KubeletError('bad_answer', `The list of pods has more than ${MAX_PAGES} pages`);
}

/** The kubelet knows its own pods only, and no pages. */
function urlOf({ kubeletUrl, apiUrl, nodeName }: KubeletOptions, next: string): URL {
  if (kubeletUrl !== undefined) return new URL(`${kubeletUrl}/pods`);
  const url = new URL(`${apiUrl}/api/v1/pods`);
  url.searchParams.set('fieldSelector', `spec.nodeName=${nodeName}`);
  url.searchParams.set('limit', String(PAGE_SIZE));
  if (next !== '') url.searchParams.set('continue', next);
  return url;
}

async function get(
  url: URL,
  options: KubeletOptions,
  credentials: Credentials,
): Promise<BoundedAnswer> {
  const { token, ca } = credentials;
  const { timeoutMs, insecureSkipVerify } = options;
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const request = {
    hostname: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port,
    path: `${url.pathname}${url.search}`,
    headers: { accept: 'application/json', 'user-agent': 'latency-guard', ...authorization },
    rejectUnauthorized: !insecureSkipVerify,
    ...(ca === undefined ? {} : { ca }),
  };
  try {
    return await getBounded({
      request,
      tls: url.protocol === 'https:',
      timeoutMs,
      maxBytes: MAX_BYTES,
    });
  } catch (error) {
    const { name, message } = error as Error;
    const reason = name === 'TimeoutError' ? 'timeout' : 'failed';
    throw new KubeletError(reason, `Cannot list pods at ${url.origin}${url.pathname}: ${message}`);
  }
}

const REFUSALS: Readonly<Record<number, readonly [reason: string, advice: string]>> = {
  401: ['unauthorized', 'the token is not valid: look at token_file'],
  403: ['forbidden', 'the account needs get on nodes/proxy (kubelet) or list on pods (API)'],
  429: ['too_many_requests', 'the server asks to wait'],
};

/** One page. @throws {KubeletError} for any answer but a list of pods. */
export async function parsePods(
  answer: BoundedAnswer,
  url: URL,
): Promise<{ pods: Pod[]; next: string }> {
  const { status, text, retryAfterSeconds } = answer;
  const tried = `GET ${url.origin}${url.pathname}`;
  if (status !== 200) {
    const [reason, advice] = REFUSALS[status] ?? ['failed', 'expected 200'];
    throw new KubeletError(reason, `${tried} answered ${status}: ${advice}`, retryAfterSeconds);
  }
  // Loaded here: most hosts have no kubelet, and zod takes memory.
  const { podListSchema } = await import('./kubelet-answer.ts');
  let list: PodList | undefined;
  try {
    list = podListSchema.safeParse(JSON.parse(text)).data;
  } catch {
    // Told below, as every other answer that is no list.
  }
  if (list === undefined) throw new KubeletError('bad_answer', `${tried} answered no list of pods`);
  return { pods: (list.items ?? []).map(toPod), next: list.metadata?.continue ?? '' };
}

function toPod({ metadata, spec, status }: PodItem): Pod {
  const { containerStatuses, initContainerStatuses, ephemeralContainerStatuses } = status ?? {};
  const all = [containerStatuses, initContainerStatuses, ephemeralContainerStatuses];
  return {
    uid: metadata.uid,
    manifestHash: metadata.annotations?.['kubernetes.io/config.hash'],
    name: metadata.name,
    namespace: metadata.namespace,
    node: spec?.nodeName,
    containers: all
      .flatMap((statuses) => statuses ?? [])
      .map(({ name, image, containerID }) => ({
        name,
        image,
        id: /^[a-z-]+:\/\/([0-9a-f]{64})$/.exec(containerID)?.[1],
      })),
  };
}
