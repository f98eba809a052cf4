import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCombinedParser } from './combined.ts';

const parse = createCombinedParser('s');
const HEAD = '192.0.2.7 - - [20/Nov/2026:14:00:01 +0000]';
const AGENT = '"https://shop.example/" "Mozilla/5.0 (X11; Linux)"';

test('combined and common lines are read', () => {
  const entry = {
    status: 200,
    method: 'GET',
    responseBytes: 512,
    seconds: undefined,
    session: '192.0.2.7',
  };
  const check = (line: string, want: Partial<ReturnType<typeof parse>> = {}) =>
    assert.deepEqual(parse(line), { ...entry, ...want }, line);
  check(`${HEAD} "GET / HTTP/1.1" 200 512`);
  check(`${HEAD} "GET / HTTP/1.1" 200 512 ${AGENT}`);
  check(`${HEAD} "GET / HTTP/1.1" 200 512 "-" "-"`);
  check(`${HEAD} "POST /a?b=c HTTP/2.0" 499 0 ${AGENT}`, {
    method: 'POST',
    status: 499,
    responseBytes: 0,
  });
  check(`${HEAD} "GET / HTTP/1.1" 304 - ${AGENT}`, { status: 304, responseBytes: 0 });
  check(`2001:db8::1 - - [20/Nov/2026:14:00:01 +0000] "GET / HTTP/1.1" 200 512`, {
    session: '2001:db8::1',
  });
  check('host.example - Jane [x] Doe [20/Nov/2026:14:00:01 +0000] "GET / HTTP/1.1" 200 512', {
    session: 'host.example',
  });
  check('- - - [20/Nov/2026:14:00:01 +0000] "GET / HTTP/1.1" 200 512', { session: undefined });
});

test('the last field is the time, however it is written', () => {
  const check = (rest: string, want: number | undefined) =>
    assert.equal(parse(`${HEAD} "GET / HTTP/1.1" 200 512 ${rest}`)?.seconds, want, rest);
  check(`${AGENT} 0.012`, 0.012);
  check(`${AGENT} "0.012"`, 0.012);
  check(`${AGENT} rt=0.012`, 0.012);
  check(`${AGENT} rt="0.012"`, 0.012);
  check(`${AGENT} "203.0.113.9" 17 0.500`, 0.5);
  check(`"-" "agent \\"0.5" 3`, 3);
  check(`${AGENT}`, undefined);
  check(`${AGENT} -`, undefined);
  check(`${AGENT} 0.012, 0.5, -`, undefined);
  check(`${AGENT} 1.2.3`, undefined);
  check(`${AGENT} -1`, undefined);
  check('"-" "agent 0.5', undefined);
  check('"-" "an agent of version 7"', undefined);
  const inMicroseconds = createCombinedParser('us');
  assert.equal(inMicroseconds(`${HEAD} "GET / HTTP/1.1" 200 512 ${AGENT} 1500`)?.seconds, 0.0015);
});

test('quotes and escapes in what the client sent do not move the fields', () => {
  const check = (request: string, method: string | undefined) => {
    const entry = parse(`${HEAD} "${request}" 404 12 "\\" 200 5" "a\\\\" 0.25`);
    assert.deepEqual(
      [entry?.status, entry?.method, entry?.responseBytes, entry?.seconds],
      [404, method, 12, 0.25],
      request,
    );
  };
  check('GET /a\\"b\\" 200 1 HTTP/1.1', 'GET');
  check('GET /] "x HTTP/1.1'.replace('"', '\\"'), 'GET');
  check('\\x16\\x03\\x01\\x00', undefined);
  check('', undefined);
  check('-', undefined);
  check('BREW /pot HTTP/1.1', 'BREW');
  check(`${'A'.repeat(30)} / HTTP/1.1`, undefined);
  check('GET /ü\uFFFD\u0000 HTTP/1.1', 'GET');
});

test('what is no such line is refused', () => {
  for (const line of [
    '',
    ' ',
    'hello',
    '\u0000\u0001\uFFFD\uFFFD binary',
    `${HEAD}`,
    `${HEAD} "GET / HTTP/1.1`,
    `${HEAD} "GET / HTTP/1.1" `,
    `${HEAD} "GET / HTTP/1.1" 200`,
    `${HEAD} "GET / HTTP/1.1" - 5`,
    `${HEAD} "GET / HTTP/1.1" 2000 5`,
    `${HEAD} "GET / HTTP/1.1" 200 five`,
    `${HEAD} "GET / HTTP/1.1" 200 -5`,
    `${HEAD} "GET / HTTP/1.1\\" 200 5`,
    '192.0.2.7 - - 20/Nov/2026 "GET / HTTP/1.1" 200 5',
    '{"status":200}',
    ` - - [20/Nov/2026:14:00:01 +0000] "GET / HTTP/1.1" 200 5`,
  ]) {
    assert.equal(parse(line), undefined, JSON.stringify(line));
  }
});

test('a line made to be slow is not', () => {
  const nasty = [
    `${'['.repeat(8_000)}] "`,
    `a [${'] "'.repeat(4_000)}`,
    `${HEAD} "${'\\'.repeat(15_000)}`,
    `${HEAD} "GET / HTTP/1.1" 200 5 "" "" ${' 1='.repeat(5_000)}x`,
    `${HEAD} "GET / HTTP/1.1" 200 5 "" "" ${'a-'.repeat(7_000)}`,
  ];
  for (const line of nasty) assert.ok(parse(line)?.seconds === undefined, line.slice(0, 60));
});
