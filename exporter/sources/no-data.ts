// The one way to say that there is nothing to read.

/** Expected absence: no such file on this kernel, no permission, tool not installed. Not a failure. */
export class NoDataError extends Error {
  readonly reason: string;
  /** @param reason short snake_case word, used as the `reason` label: `not_supported`, `permission_denied`, … */
  constructor(reason: string, message: string) {
    super(message);
    this.name = 'NoDataError';
    this.reason = reason;
  }
}
