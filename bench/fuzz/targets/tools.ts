// What programs and services of the host answer: ping, perf, ss, container runtimes, kubelets, web servers' logs.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createCombinedParser } from '../../../exporter/collectors/access-log/combined.ts';
import {
  createJsonParser,
  createRegexParser,
} from '../../../exporter/collectors/access-log/formats.ts';
import { createProfile, toFolded } from '../../../exporter/collectors/perf/profile.ts';
import { createPerfScriptParser } from '../../../exporter/collectors/perf/script.ts';
import { parsePerfStatLine } from '../../../exporter/collectors/perf/stat-output.ts';
import { shortenObject, shortenSymbol } from '../../../exporter/collectors/perf/symbol.ts';
import { parsePingFailure, parsePingLine } from '../../../exporter/collectors/ping/output.ts';
import { parseSocketDump } from '../../../exporter/collectors/sockets/parse.ts';
import { parseContainers } from '../../../exporter/sources/container-runtime.ts';
import { createLineSplitter } from '../../../exporter/sources/line-splitter.ts';
import { createLineCutter } from '../../../exporter/sources/log-tail-lines.ts';
import { NoDataError } from '../../../exporter/sources/no-data.ts';
import { FIXTURES } from '../fixtures.ts';
import type { FuzzTarget } from '../target.ts';

const MAX_SYMBOL_CHARS = 100;
const OPTIONS = { unit: 's', session: 'ip' } as const;
const FIELDS = { status: 'status', bytes: 'body.bytes', seconds: 'request_time', ip: 'ip' };
const GROUPS = /^(?:(?<ip>\S+) (?<method>\w+) (?<status>\d+) (?<bytes>\d+) (?<seconds>[\d.]+))$/u;
const COMBINED = [
  '192.0.2.1 - shop user [20/Nov/2026:14:00:01 +0000] "GET /a?b=c HTTP/1.1" 200 10 "-" "curl \\"x\\"" 0.02',
  '2001:db8::1 - - [20/Nov/2026:14:00:01 +0000] "\\x16\\x03" 400 - "-" "-" rt="0.5"',
];
const SCRIPT = `shop server  812/813
\t    7f12 handle(std::vector<int, std::allocator<int> >&) (/usr/lib/libshop.so (deleted))
\t    55aa JS:*render file:///srv/shop/page.js:12:3 (/tmp/perf-812.map)
\tffffffff entry_SYSCALL_64 ([kernel.kallsyms])

swapper     0/0      ffffffff9a [unknown] ([kernel.kallsyms])
`;

export const toolTargets: readonly FuzzTarget[] = [
  {
    name: 'ping',
    seeds: [
      ...readFileSync(join(FIXTURES, 'ping/gateway.txt'), 'latin1').split('\n'),
      'From 10.0.0.1 icmp_seq=3 Destination Host Unreachable',
      'ping: shop.example: Temporary failure in name resolution',
    ],
    run: (line) => [parsePingLine(line), parsePingFailure(line)],
  },
  {
    name: 'access-log-combined',
    seeds: COMBINED,
    run: createCombinedParser('ms'),
    maxChars: 8_192,
  },
  {
    name: 'access-log-json',
    seeds: ['{"status":"200","body":{"bytes":12},"request_time":0.1,"ip":"192.0.2.1"}'],
    run: createJsonParser(FIELDS, OPTIONS),
  },
  {
    name: 'access-log-regex',
    seeds: ['192.0.2.1 GET 200 12 0.1'],
    run: createRegexParser(GROUPS, OPTIONS),
  },
  {
    name: 'perf-stat',
    seeds: ['10.0,100,,page-faults,2002,100.00,,', '10.0,<not supported>,,cycles,0,100.00,,'],
    run: parsePerfStatLine,
  },
  { name: 'perf-script', seeds: [SCRIPT], run: profileOf, judge: judgeFolded },
  {
    name: 'perf-symbol',
    seeds: [
      'std::map<int, (anonymous namespace)::T>::operator()(int) const [clone .isra.0.part.1]',
      'JS:*handle file:///srv/shop/server.js:12:3',
      '<alloc::vec::Vec<T> as core::ops::Drop>::drop::h0123456789abcdef',
      '/usr/lib/x86_64-linux-gnu/libc.so.6 (deleted)',
    ],
    run: (text) => [shortenSymbol(text, MAX_SYMBOL_CHARS), shortenObject(text)],
    judge: (answer) =>
      (answer as string[]).every((text) => text !== '' && text.length <= MAX_SYMBOL_CHARS)
        ? undefined
        : 'a name is empty or too long',
  },
  {
    name: 'socket-dump',
    seeds: [readFileSync(join(FIXTURES, 'sockets/dump.bin'), 'latin1').slice(0, 4_096)],
    run: (text) => parseSocketDump(Buffer.from(text, 'latin1')),
  },
  {
    name: 'containers',
    seeds: [`[{"Id":"${'0a'.repeat(32)}","Names":["/shop"],"Image":"shop:1"}]`],
    run: (text) => parseContainers(text, 'GET /containers/json'),
    refusals: [NoDataError.name],
  },
  {
    name: 'line-splitter',
    seeds: ['one line\nand the next\nhalf a l', '\n\n\r\n'],
    run: (text) => splitBothWays(Buffer.from(text, 'latin1')),
  },
];

function profileOf(text: string): string {
  const profile = createProfile();
  const parser = createPerfScriptParser((sample) => profile.add(sample));
  for (const line of text.split('\n')) parser.line(line);
  parser.end();
  profile.hotspots(10);
  return toFolded(profile.stacks());
}

/** The folded format has one stack a line and its count behind the last space. */
function judgeFolded(answer: unknown): string | undefined {
  const lines = String(answer).split('\n').slice(0, -1);
  const odd = lines.find((line) => !/ \d+$/.test(line));
  return odd === undefined ? undefined : `not a folded stack: ${JSON.stringify(odd)}`;
}

/** Byte by byte and at once: where a chunk ends must not matter. */
function splitBothWays(bytes: Buffer): number {
  const whole: string[] = [];
  const parts: string[] = [];
  createLineSplitter((line) => whole.push(line))(bytes);
  const split = createLineSplitter((line) => parts.push(line));
  const cutter = createLineCutter({ line() {}, tooLong() {} }, 64);
  for (let at = 0; at < bytes.length; at += 7) {
    split(bytes.subarray(at, at + 7));
    cutter.push(bytes.subarray(at, at + 7));
  }
  if (whole.join('\n') !== parts.join('\n')) throw new RangeError('lines depend on chunks');
  return whole.length;
}
