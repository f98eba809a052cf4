// Requests to the analyzer: JSON in, JSON out, and every refusal as an error with the server's own words.
/** A browser that waits longer is waiting for nobody. */
const TIMEOUT_MS = 60_000;

/** RFC 9457, as the analyzer sends it. */
interface Problem {
  readonly title?: string;
  readonly detail?: string;
  readonly reason?: string;
}

export class ApiError extends Error {
  readonly status: number;
  readonly title: string;
  readonly reason: string | undefined;
  constructor(status: number, { title, detail, reason }: Problem) {
    super(detail ?? title ?? `The analyzer answered ${status}`);
    this.name = 'ApiError';
    this.status = status;
    this.title = title ?? 'Refused';
    this.reason = reason;
  }
}

/** The answer of a GET. @throws {ApiError} for any status but 2xx; {TypeError} when nobody answers. */
export async function ask<T>(path: string, { signal }: { signal?: AbortSignal } = {}): Promise<T> {
  const limit = AbortSignal.timeout(TIMEOUT_MS);
  const response = await fetch(path, {
    headers: { Accept: 'application/json' },
    credentials: 'same-origin',
    signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
  });
  return read<T>(response);
}

/** A POST that changes something; `csrfToken` proves that it comes from our own page. @throws as `ask` does */
export async function post<T>(
  path: string,
  body: unknown,
  csrfToken: string | null,
): Promise<T | undefined> {
  const response = await fetch(path, {
    method: 'POST',
    headers: {
      Accept: 'application/json',
      'Content-Type': 'application/json',
      ...(csrfToken === null ? {} : { 'X-CSRF-Token': csrfToken }),
    },
    credentials: 'same-origin',
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  return response.status === 204 ? undefined : read<T>(response);
}

async function read<T>(response: Response): Promise<T> {
  const text = await response.text();
  if (response.ok) return JSON.parse(text) as T;
  throw new ApiError(response.status, problemOf(text));
}

function problemOf(text: string): Problem {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    // A proxy's own page, or plain text.
  }
  return { detail: text.slice(0, 300).trim() };
}
