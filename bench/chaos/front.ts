// What stands before the real Prometheus: passes requests on, or answers them the way a broken server, proxy or network does.
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { createGzip } from 'node:zlib';
import { end, listen } from './made-up-host.ts';

export type Answer = (asked: IncomingMessage, answer: ServerResponse) => void;

export interface Front {
  readonly url: string;
  /** Undefined passes everything on. */
  break(how: Answer | undefined): void;
  close(): Promise<void>;
}

/** @param target base URL of the server behind. */
export async function startFront(target: string): Promise<Front> {
  let broken: Answer | undefined;
  const server = createServer((asked, answer) => (broken ?? passTo(target))(asked, answer));
  return {
    url: `http://127.0.0.1:${await listen(server)}`,
    break(how) {
      broken = how;
    },
    close: () => end(server),
  };
}

function passTo(target: string): Answer {
  return (asked, answer) => {
    const { method, headers, url = '/' } = asked;
    const onward = request(new URL(url, target), { method, headers }, (reply) => {
      answer.writeHead(reply.statusCode ?? 502, reply.headers);
      reply.on('error', () => answer.destroy());
      reply.pipe(answer);
    });
    onward.on('error', () => answer.destroy());
    answer.on('close', () => onward.destroy());
    asked.pipe(onward);
  };
}

const JSON_TYPE = { 'Content-Type': 'application/json' };
const MEGABYTE = 1024 * 1024;

/** A status with the body that Prometheus and its proxies send with it. */
export function status(code: number, body = '{"status":"error","error":"overloaded"}'): Answer {
  return (_asked, answer) => void answer.writeHead(code, JSON_TYPE).end(body);
}

/** 200 and this text. */
export function says(text: string, type = 'application/json'): Answer {
  return (_asked, answer) => void answer.writeHead(200, { 'Content-Type': type }).end(text);
}

/** Takes the request and is never heard of again. */
export const hangs: Answer = () => {};

export const resets: Answer = (_asked, answer) => void answer.destroy();

export const redirects: Answer = ({ url = '/' }, answer) =>
  void answer.writeHead(302, { Location: url }).end();

/** Ends in the middle of what it announced. */
export const truncates: Answer = (_asked, answer) => {
  answer.writeHead(200, { ...JSON_TYPE, 'Content-Length': '100000' });
  answer.write('{"status":"success","data":{"resultType":"vector","result":[{"metric":{"inst');
  setTimeout(() => answer.destroy(), 50);
};

/** A byte now and then, so that no time-out between two bytes ever ends it. */
export const drips: Answer = (_asked, answer) => {
  answer.writeHead(200, JSON_TYPE);
  const timer = setInterval(() => answer.write(' '), 100);
  answer.on('close', () => clearInterval(timer));
};

/** A valid vector of so many megabytes, compressed when asked to be, as a bomb is. */
export function floods(megabytes: number, isCompressed = false): Answer {
  return (_asked, answer) => {
    answer.writeHead(200, {
      ...JSON_TYPE,
      ...(isCompressed ? { 'Content-Encoding': 'gzip' } : {}),
    });
    const gzip = createGzip();
    if (isCompressed) gzip.pipe(answer);
    void pour(isCompressed ? gzip : answer, answer, megabytes);
  };
}

interface Sink {
  write(text: string): boolean;
  end(text: string): void;
  once(event: 'drain', listener: () => void): unknown;
}

async function pour(into: Sink, answer: ServerResponse, megabytes: number): Promise<void> {
  const sample = '{"metric":{"job":"j","instance":"i","group":"flood"},"value":[1,"1"]},';
  const part = sample.repeat(Math.floor(MEGABYTE / sample.length));
  into.write('{"status":"success","data":{"resultType":"vector","result":[');
  for (let sent = 0; sent < megabytes && !answer.destroyed; sent += 1) {
    if (!into.write(part)) await Promise.race([drained(into), sleep(200)]);
  }
  into.end('{"metric":{},"value":[1,"1"]}]}}');
}

function drained(into: Sink): Promise<void> {
  return new Promise((resolve) => void into.once('drain', resolve));
}

/** Answers of the right outline with something impossible in them. */
export const NONSENSE = [
  '',
  'null',
  '[]',
  '{"status":"success"}',
  '{"status":"success","data":null}',
  '{"status":"success","data":{"resultType":"vector","result":null}}',
  '{"status":"success","data":{"resultType":"vector","result":[null]}}',
  '{"status":"success","data":{"resultType":"vector","result":[{"metric":null,"value":null}]}}',
  '{"status":"success","data":{"resultType":"vector","result":[{"value":[1]}]}}',
  '{"status":"success","data":{"resultType":"vector","result":[{"metric":{"a":1},"value":["x",{}]}]}}',
  '{"status":"success","data":{"resultType":"vector","result":{"length":3}}}',
  '{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[null,[1],7]}]}}',
  '{"status":"success","data":{"resultType":"vector","result":[{"metric":{"__proto__":"x"},"value":[1e400,"1"]}]}}',
] as const;

/** Each of them in turn. */
export function talksNonsense(): Answer {
  let next = 0;
  return (asked, answer) => {
    says(NONSENSE[next % NONSENSE.length]!)(asked, answer);
    next += 1;
  };
}
