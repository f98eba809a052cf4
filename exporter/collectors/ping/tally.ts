// The counters of one ping target: they go on when the child is replaced and its sequence numbers begin again.
import { createHistogram, type Histogram } from '../../promformat/histogram.ts';
import { type PingEvent, parsePingFailure } from './output.ts';

/**
 * Seconds, 50 µs to 10 s in steps of 1, 2, 5: loopback to a satellite link under load. A quantile is off by at most the
 * width of its bucket, a factor of 2.5. Every target has the same bounds and they never change, so targets can be summed,
 * and Prometheus 3 can store each target as one native histogram with custom buckets
 * (`convert_classic_histograms_to_nhcb: true` in the scrape configuration). Exponential native histograms exist in the
 * protobuf format only, which the exporter does not speak.
 */
export const RTT_BUCKETS = [
  0.00005, 0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5,
  10,
] as const;
/** So many packets in a row without an answer are no accident. */
export const SILENT_AFTER_PACKETS = 5;
/** iputils prints the 16 bits that are on the wire. */
const SEQUENCES = 65_536;

export interface PingTally {
  readonly rtt: Histogram;
  sent(): number;
  received(): number;
  duplicates(): number;
  errors(): number;
  /** Sequence numbers since the last reply of this child. */
  unanswered(): number;
  /** Whether this child gets answers: then ping itself works. */
  answering(): boolean;
  /** What this child's packets go to. */
  address(): string | undefined;
  /** Why this target gives no data now; undefined while its child sends. */
  reason(): string | undefined;
  /** False until the first packet of the first child was seen. */
  hasData(): boolean;
  childStarted(): void;
  childExited(): void;
  /** The child lives and says nothing. */
  childHangs(): void;
  failed(line: string): void;
  add(event: PingEvent): void;
}

/** Sent counts the sequence numbers that ping has answered for, so that a packet in flight is no loss yet. */
export function createPingTally(): PingTally {
  const rtt = createHistogram(RTT_BUCKETS);
  let earlierChildren = 0;
  let highest = 0;
  let lastReply = 0;
  let received = 0;
  let duplicates = 0;
  let errors = 0;
  let reason: string | undefined = 'starting';
  let sending = false;
  let address: string | undefined;

  const see = (sequence: number): number => {
    const unwrapped = unwrap(sequence, highest);
    highest = Math.max(highest, unwrapped);
    return unwrapped;
  };
  const reply = (event: Extract<PingEvent, { kind: 'reply' }>): void => {
    if (event.duplicate) {
      duplicates += 1;
      return;
    }
    received += 1;
    lastReply = Math.max(lastReply, see(event.sequence));
    if (event.rttSeconds !== undefined) rtt.observe(event.rttSeconds);
  };
  return {
    rtt,
    sent: () => earlierChildren + highest,
    received: () => received,
    duplicates: () => duplicates,
    errors: () => errors,
    unanswered: () => highest - lastReply,
    answering: () => sending && lastReply > 0 && highest - lastReply < SILENT_AFTER_PACKETS,
    address: () => address,
    reason: () => reason,
    hasData: () => earlierChildren + highest > 0,
    childStarted() {
      earlierChildren += highest;
      highest = 0;
      lastReply = 0;
      sending = false;
    },
    childHangs() {
      errors += 1;
      reason = 'no_output';
    },
    childExited() {
      sending = false;
      reason ??= 'ping_exited';
    },
    failed(line) {
      errors += 1;
      if (!sending) reason = parsePingFailure(line);
    },
    add(event) {
      sending = true;
      reason = undefined;
      if (event.kind === 'header') address = event.address;
      if (event.kind === 'reply') reply(event);
      else if (event.kind !== 'header') see(event.sequence);
      if (event.kind === 'unreachable') errors += 1;
    },
  };
}

/** The number nearest to `near` that is `sequence` modulo 65536, and not below 0. */
function unwrap(sequence: number, near: number): number {
  const distance = (((sequence - near) % SEQUENCES) + SEQUENCES) % SEQUENCES;
  const candidate = near + (distance > SEQUENCES / 2 ? distance - SEQUENCES : distance);
  return Math.max(0, candidate);
}
