// What `ping` of iputils on Linux prints, in the C locale with -n and -O, as events.

export type PingEvent =
  | {
      readonly kind: 'header';
      /** Where the packets go: what the name was resolved to. Undefined if that cannot be read. */
      readonly address: string | undefined;
    }
  | {
      readonly kind: 'reply';
      readonly sequence: number;
      /** Undefined when ping could not tell the time, as for a truncated reply. */
      readonly rttSeconds: number | undefined;
      readonly duplicate: boolean;
    }
  | { readonly kind: 'no_answer'; readonly sequence: number }
  /** An ICMP error that a router or the host itself sent back. */
  | { readonly kind: 'unreachable'; readonly sequence: number };

/** `PING localhost (127.0.0.1) 56(84) bytes of data.`, for IPv6 without the space, with `-n` the address alone. */
const HEADER = /^PING [^\s(]+ ?\(([^\s()]+)\)/;
const REPLY = /^\d+ bytes from \S+ (?:\([^)]*\): )?icmp_seq=(\d+)\b(.*)$/;
const TIME = /\btime[=<]([\d.]+) ms\b/;
const NO_ANSWER = /^no answer yet for icmp_seq=(\d+)$/;
/** `From 10.0.0.1 icmp_seq=3 Destination Host Unreachable`, also with a colon after the address. */
const ICMP_ERROR = /^From \S+ icmp_seq=(\d+) (.+)$/;

/** One line of standard output; undefined for what says nothing about a packet, such as the statistics at the end. */
export function parsePingLine(line: string): PingEvent | undefined {
  const reply = REPLY.exec(line);
  if (reply !== null) {
    const rest = reply[2]!;
    const milliseconds = TIME.exec(rest)?.[1];
    return {
      kind: 'reply',
      sequence: Number(reply[1]),
      rttSeconds: milliseconds === undefined ? undefined : Number(milliseconds) / 1000,
      duplicate: rest.includes('(DUP!)'),
    };
  }
  const noAnswer = NO_ANSWER.exec(line);
  if (noAnswer !== null) return { kind: 'no_answer', sequence: Number(noAnswer[1]) };
  const error = ICMP_ERROR.exec(line);
  if (error !== null && !error[2]!.startsWith('Redirect')) {
    return { kind: 'unreachable', sequence: Number(error[1]) };
  }
  return line.startsWith('PING ') ? { kind: 'header', address: HEADER.exec(line)?.[1] } : undefined;
}

/** First match wins. */
const FAILURES: readonly (readonly [RegExp, string])[] = [
  [/^ENOENT: /, 'not_installed'],
  [/^EACCES: |Operation not permitted|Permission denied|missing cap_net_raw/, 'permission_denied'],
  [
    /Name or service not known|No address associated|name resolution|not known|unknown host/i,
    'not_resolved',
  ],
  [
    /Network is unreachable|No route to host|Cannot assign requested address/,
    'network_unreachable',
  ],
  [
    /(invalid|unrecognized|unknown) option|bad address|Address family .* not supported/i,
    'not_supported',
  ],
];

/** The `reason` for a line of standard error or a failed start. */
export function parsePingFailure(line: string): string {
  return FAILURES.find(([expression]) => expression.test(line))?.[1] ?? 'ping_failed';
}
