// What is told to people: one message, however it travels.

export interface MessageFile {
  readonly name: string;
  readonly contentType: string;
  readonly content: Buffer;
}

export interface Message {
  /** Two messages of the same key within the window are one. */
  readonly key: string;
  readonly severity: 'info' | 'warning' | 'critical';
  /** One line. */
  readonly title: string;
  readonly text: string;
  /** Where a person sees more. */
  readonly link?: string | undefined;
  /** Those who can take them along do. */
  readonly files: readonly MessageFile[];
}

export interface Notifier {
  /** @throws {NotifyError} */
  send(message: Message, signal: AbortSignal): Promise<void>;
}
