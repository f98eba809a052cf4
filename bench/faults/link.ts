// A link of 50 Mbit/s to a receiver in a network namespace of its own; it goes with that namespace.
import { execFileSync } from 'node:child_process';
import { readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Program } from './program.ts';
import type { Stage } from './stage.ts';

/** Addresses for benchmarks (RFC 2544, appendix C.2.2). */
const NEAR = '198.18.1.1';
const FAR = '198.18.1.2';
const PORT = 9_000;
const STREAMS = 8;
const WAIT_ATTEMPTS = 100;
const WAIT_MS = 50;

export const LINK_DEVICE = 'uplink0';

/** A virtual cable, shaped on our side, and a receiver at its other end. */
export async function layLink(stage: Stage): Promise<void> {
  const options = { name: 'receiver', ownNetwork: true };
  const receiver = stage.runOwn('flood', ['sink', '0.0.0.0', PORT, STREAMS], options);
  await ownNetworkOf(receiver);
  connect(receiver.pid);
}

/** Fills the link. */
export function fillLink(stage: Stage, name: string): void {
  stage.runOwn('flood', ['send', FAR, PORT, STREAMS], { name });
}

function connect(pid: number): void {
  ip(`link add ${LINK_DEVICE} type veth peer name downlink0 netns ${pid}`);
  ip(`addr add ${NEAR}/24 dev ${LINK_DEVICE}`);
  ip(`link set ${LINK_DEVICE} up`);
  const inside = ['--target', `${pid}`, '--net', 'ip'];
  execFileSync('nsenter', [...inside, 'addr', 'add', `${FAR}/24`, 'dev', 'downlink0']);
  execFileSync('nsenter', [...inside, 'link', 'set', 'downlink0', 'up']);
  const shape = `qdisc add dev ${LINK_DEVICE} root tbf rate 50mbit burst 64kb latency 100ms`;
  execFileSync('tc', shape.split(' '));
}

function ip(words: string): void {
  execFileSync('ip', words.split(' '));
}

/** @throws when the program has not entered a network namespace of its own in time. */
async function ownNetworkOf({ pid }: Program): Promise<void> {
  const ours = readlinkSync('/proc/self/ns/net');
  for (let attempt = 0; attempt < WAIT_ATTEMPTS; attempt += 1) {
    if (readlinkSync(`/proc/${pid}/ns/net`) !== ours) return;
    await sleep(WAIT_MS);
  }
  throw new Error(`process ${pid} has no network namespace of its own`);
}
