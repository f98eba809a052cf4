// Which hosts this analyzer looks after, when several share a fleet: rendezvous hashing by host.
import type { Labels } from '../series/labels.ts';
import { labelsKey } from '../series/labels.ts';

/** More would each have next to nothing to do, and every host is weighed against all of them. */
export const MAX_SHARDS = 1_000;
const FORM = /^(auto|\d{1,4})\/(\d{1,4})$/;
const ORDINAL = /-(\d{1,9})$/;

export interface Shard {
  /** From 0 on, as the pods of a StatefulSet are numbered. */
  readonly index: number;
  readonly count: number;
}

/** The only analyzer of its fleet. */
export const WHOLE_FLEET: Shard = { index: 0, count: 1 };

/**
 * `i/n`, the i-th of n, i from 0; or `auto/n`, where i is the number at the end of the host name, as Kubernetes gives one
 * to every pod of a StatefulSet. With more pods than shards pod n is a replica of shard 0, pod n + 1 of shard 1, and so on.
 * @throws {RangeError} that says what is wrong
 */
export function parseShard(text: string, hostname: string): Shard {
  const [, which, of] = FORM.exec(text) ?? [];
  const count = Number(of);
  if (which === undefined || count < 1 || count > MAX_SHARDS)
    throw new RangeError(`expected i/n or auto/n with n from 1 to ${MAX_SHARDS}, got "${text}"`);
  if (which === 'auto') return { index: ordinalOf(hostname) % count, count };
  const index = Number(which);
  if (index >= count)
    throw new RangeError(
      `shards count from 0: expected 0/${count} to ${count - 1}/${count}, got "${text}"`,
    );
  return { index, count };
}

function ordinalOf(hostname: string): number {
  const ordinal = ORDINAL.exec(hostname)?.[1];
  if (ordinal === undefined)
    throw new RangeError(
      `auto takes the number at the end of the host name, as in guard-analyzer-0; "${hostname}" has none`,
    );
  return Number(ordinal);
}

/**
 * The shard of a host, from 0 to count − 1: the one that has the highest weight with it (Thaler & Ravishankar 1998, "Using
 * name-based mappings to increase hit rates"). Another shard takes 1/(n + 1) of the hosts, an equal part of each, and no
 * host moves between the old ones. O(count).
 * @param salt another draw of the same hosts, independent of the first
 */
export function shardOf(host: string, count: number, salt = 0): number {
  const name = hash(host) ^ mix(salt);
  let best = 0;
  let most = -1;
  for (let index = 0; index < count; index++) {
    const weight = mix(name ^ mix(index + 1));
    if (weight <= most) continue;
    most = weight;
    best = index;
  }
  return best;
}

/** All exporters of one machine belong together: the host of an instance is what stands before its port. */
export function hostOfInstance(instance: string): string {
  return instance.replace(/:\d{1,5}$/, '');
}

/** A series of no host belongs to one shard as well: the one of its labels. */
export function isOwn({ index, count }: Shard, labels: Labels): boolean {
  if (count === 1) return true;
  const { instance } = labels;
  return (
    shardOf(instance === undefined ? labelsKey(labels) : hostOfInstance(instance), count) === index
  );
}

/** FNV-1a of UTF-16 units, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++)
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  return value;
}

/** Every bit of the answer depends on every bit asked (the end of MurmurHash3); from 0 to 2³² − 1. */
function mix(value: number): number {
  let bits = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
