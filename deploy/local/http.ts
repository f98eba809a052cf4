// Reading from servers of this machine: one GET with a time-out and a bound on the body.

export const MAX_BODY_BYTES = 4 * 1024 * 1024;
const DEFAULT_TIMEOUT_MS = 2_000;

/**
 * The body of a 2xx answer.
 * @throws with URL and reason: no connection, time-out, another status, a body beyond the bound.
 */
export async function getText(
  url: string,
  { timeoutMs = DEFAULT_TIMEOUT_MS }: { timeoutMs?: number } = {},
): Promise<string> {
  let response: Response;
  try {
    response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs), redirect: 'follow' });
  } catch (error) {
    throw new Error(`GET ${url}: ${reasonOf(error)}`, { cause: error });
  }
  const text = await readBounded(url, response);
  if (response.ok) return text;
  const words = text.trim().split('\n', 1)[0]?.slice(0, 200) ?? '';
  throw new Error(`GET ${url}: ${response.status} ${words}`.trimEnd());
}

async function readBounded(url: string, response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let bytes = 0;
  let text = '';
  try {
    for await (const chunk of response.body ?? []) {
      bytes += chunk.byteLength;
      if (bytes > MAX_BODY_BYTES) throw new Error(`answer larger than ${MAX_BODY_BYTES} bytes`);
      text += decoder.decode(chunk, { stream: true });
    }
  } catch (error) {
    throw new Error(`GET ${url}: ${reasonOf(error)}`, { cause: error });
  }
  return text;
}

/** fetch hides the real reason (ECONNREFUSED …) in the cause. */
function reasonOf(error: unknown): string {
  const { name, message, cause } = error as Error;
  if (name === 'TimeoutError') return 'no answer in time';
  return cause instanceof Error && cause.message !== '' ? cause.message : message;
}
