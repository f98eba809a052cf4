// A token bucket: one more request every interval, and a burst of them after a pause.

export interface RateLimitOptions {
  /** Between two requests, 0 for no limit. */
  readonly intervalSeconds: number;
  readonly burst: number;
  /** Milliseconds that never go back. */
  readonly now?: () => number;
}

/** A function that takes one token and says whether there was one. */
export function createRateLimit(options: RateLimitOptions): () => boolean {
  const { intervalSeconds, burst, now = () => performance.now() } = options;
  if (intervalSeconds === 0) return () => true;
  let tokens = burst;
  let filledAt = now();
  return () => {
    const at = now();
    tokens = Math.min(burst, tokens + (at - filledAt) / 1000 / intervalSeconds);
    filledAt = at;
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  };
}
