// Why a message did not arrive, and whether it is worth trying again.

export class NotifyError extends Error {
  /** A word for a label, such as `http_429`. */
  readonly reason: string;
  readonly isRetryable: boolean;
  /** Seconds that the receiver asked to wait. */
  readonly retryAfter: number | undefined;
  constructor(
    reason: string,
    message: string,
    {
      isRetryable = false,
      retryAfter,
    }: { isRetryable?: boolean; retryAfter?: number | undefined } = {},
  ) {
    super(message);
    this.name = 'NotifyError';
    this.reason = reason;
    this.isRetryable = isRetryable;
    this.retryAfter = retryAfter;
  }
}
