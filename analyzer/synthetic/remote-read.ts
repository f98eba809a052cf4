// Prometheus' remote read protocol: what a query asks for, and the series that answer it.
// Source: https://github.com/prometheus/prometheus/blob/main/prompb/remote.proto and types.proto
import protobuf from 'protobufjs/light.js';
import { compress } from 'snappyjs';
import { uncompressSnappy } from './snappy.ts';

/** A query of a dashboard is some hundred bytes. */
export const MAX_REQUEST_BYTES = 64 * 1024;
const MAX_UNCOMPRESSED_BYTES = 1024 * 1024;
/** Prometheus sends one query at a time, with a handful of matchers; each is work that blocks. */
const MAX_QUERIES = 8;
const MAX_MATCHERS = 16;

export interface Matcher {
  readonly kind: 'equal' | 'not_equal' | 'regex' | 'not_regex';
  readonly name: string;
  readonly value: string;
}

export interface ReadQuery {
  readonly startMs: number;
  readonly endMs: number;
  readonly matchers: readonly Matcher[];
}

export interface ReadSeries {
  readonly labels: Readonly<Record<string, string>>;
  /** Ascending times. */
  readonly samples: readonly { readonly timeMs: number; readonly value: number }[];
}

const KINDS = ['equal', 'not_equal', 'regex', 'not_regex'] as const;

const field = (type: string, id: number, rule?: 'repeated') => ({
  type,
  id,
  ...(rule && { rule }),
});
const root = protobuf.Root.fromJSON({
  nested: {
    ReadRequest: { fields: { queries: field('Query', 1, 'repeated') } },
    Query: {
      fields: {
        startTimestampMs: field('int64', 1),
        endTimestampMs: field('int64', 2),
        matchers: field('LabelMatcher', 3, 'repeated'),
      },
    },
    LabelMatcher: {
      fields: { type: field('int32', 1), name: field('string', 2), value: field('string', 3) },
    },
    ReadResponse: { fields: { results: field('QueryResult', 1, 'repeated') } },
    QueryResult: { fields: { timeseries: field('TimeSeries', 1, 'repeated') } },
    TimeSeries: {
      fields: { labels: field('Label', 1, 'repeated'), samples: field('Sample', 2, 'repeated') },
    },
    Label: { fields: { name: field('string', 1), value: field('string', 2) } },
    Sample: { fields: { value: field('double', 1), timestamp: field('int64', 2) } },
  },
});
const ReadRequest = root.lookupType('ReadRequest');
const ReadResponse = root.lookupType('ReadResponse');

interface PlainRequest {
  readonly queries?: readonly {
    readonly startTimestampMs?: number;
    readonly endTimestampMs?: number;
    readonly matchers?: readonly { type?: number; name?: string; value?: string }[];
  }[];
}

/** The queries of a request body (snappy block format). @throws {Error} when the body is not one. */
export function decodeReadRequest(body: Uint8Array): ReadQuery[] {
  const bytes = uncompressSnappy(body, MAX_UNCOMPRESSED_BYTES);
  const message = ReadRequest.decode(bytes);
  const { queries = [] } = ReadRequest.toObject(message, { longs: Number }) as PlainRequest;
  if (queries.length > MAX_QUERIES)
    throw new Error(`${queries.length} queries in one request, at most ${MAX_QUERIES} are taken`);
  const count = queries.reduce((sum, { matchers = [] }) => sum + matchers.length, 0);
  if (count > MAX_MATCHERS)
    throw new Error(`${count} label matchers in one request, at most ${MAX_MATCHERS} are taken`);
  return queries.map(({ startTimestampMs = 0, endTimestampMs = 0, matchers = [] }) => ({
    startMs: startTimestampMs,
    endMs: endTimestampMs,
    matchers: matchers.map(({ type = 0, name = '', value = '' }) => {
      const kind = KINDS[type];
      if (kind === undefined) throw new Error(`unknown kind of label matcher: ${type}`);
      return { kind, name, value };
    }),
  }));
}

/** The response body, one result per query in the same order; labels sorted by name as the protocol wants. */
export function encodeReadResponse(results: readonly (readonly ReadSeries[])[]): Uint8Array {
  const message = ReadResponse.fromObject({
    results: results.map((list) => ({
      timeseries: list.map(({ labels, samples }) => ({
        labels: Object.entries(labels)
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([name, value]) => ({ name, value })),
        samples: samples.map(({ timeMs, value }) => ({ timestamp: timeMs, value })),
      })),
    })),
  });
  return compress(ReadResponse.encode(message).finish());
}
