import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPerfScriptParser, type PerfSample } from './script.ts';

function parse(text: string): PerfSample[] {
  const samples: PerfSample[] = [];
  const parser = createPerfScriptParser((sample) => samples.push(sample));
  for (const line of text.split('\n')) parser.line(line);
  parser.end();
  return samples;
}

test('stacks of a C program', () => {
  const text = `burn 19118/19118 
	            1144 hot_inner_loop (/tmp/pf/burn)
	           2724a __libc_start_call_main (/usr/lib/x86_64-linux-gnu/libc.so.6)

Web Content 7/8 
	ffffffff81a2 do_syscall_64 ([kernel.kallsyms])
`;
  assert.deepEqual(parse(text), [
    {
      comm: 'burn',
      pid: 19118,
      frames: [
        { symbol: 'hot_inner_loop', object: '/tmp/pf/burn' },
        { symbol: '__libc_start_call_main', object: '/usr/lib/x86_64-linux-gnu/libc.so.6' },
      ],
    },
    {
      comm: 'Web Content',
      pid: 7,
      frames: [{ symbol: 'do_syscall_64', object: '[kernel.kallsyms]' }],
    },
  ]);
});

const framesOf = (frame: string) => parse(`a 1/1 \n\t${frame}\n`)[0]?.frames;

test('symbols and objects may have brackets and spaces', () => {
  const check = (frame: string, symbol: string, object: string) =>
    assert.deepEqual(framesOf(frame), [{ symbol, object }]);
  check(
    '7f2622003565 JS:*hotNode file:///tmp/j.mjs:1:17 (/tmp/perf-20201.map)',
    'JS:*hotNode file:///tmp/j.mjs:1:17',
    '/tmp/perf-20201.map',
  );
  check(
    '7f01 Ljava/util/HashMap;::get(Ljava/lang/Object;) (/tmp/perf-9.map)',
    'Ljava/util/HashMap;::get(Ljava/lang/Object;)',
    '/tmp/perf-9.map',
  );
  check(
    'a22df1 v8::internal::(anonymous namespace)::Invoke (/usr/bin/node (deleted))',
    'v8::internal::(anonymous namespace)::Invoke',
    '/usr/bin/node (deleted)',
  );
  check('55d0 [unknown] (/opt/my app/server)', '[unknown]', '/opt/my app/server');
  check('55d0 [unknown] ([unknown])', '[unknown]', '[unknown]');
  check('1144 square (inlined)', 'square', 'inlined');
  check('0 (nil) (/bin/x)', '(nil)', '/bin/x');
  check('55d0  (/bin/stripped)', '[unknown]', '/bin/stripped');
});

test('a sample without callers comes in one line', () => {
  assert.deepEqual(parse('            burn 1/2      55ccc5ac9144 hot_inner_loop (/tmp/pf/burn)'), [
    { comm: 'burn', pid: 1, frames: [{ symbol: 'hot_inner_loop', object: '/tmp/pf/burn' }] },
  ]);
});

test('a sample without any frame is a sample', () => {
  assert.deepEqual(parse('burn 1/1 \n\nswapper 0/0 \n'), [
    { comm: 'burn', pid: 1, frames: [] },
    { comm: 'swapper', pid: 0, frames: [] },
  ]);
});

test('cut and foreign lines cost themselves alone', () => {
  const check = (frame: string) => assert.deepEqual(framesOf(frame), [], frame);
  check('1144 hot_inner_lo');
  check('1144 hot (/tmp/bu');
  check('1144');
  check('zzzz hot (/tmp/burn)');
  check('1144 )))) x)');
  assert.deepEqual(parse('\t1144 orphan (/tmp/burn)\n'), []);
  assert.deepEqual(parse('Warning: lost 3 events\n[ perf record: Woken up 1 times ]\n'), []);
  assert.deepEqual(parse(''), []);
});

test('a stack without end is cut', () => {
  const frames = '\t1 recurse (/bin/x)\n'.repeat(1000);
  assert.equal(parse(`a 1/1 \n${frames}`)[0]?.frames.length, 256);
});
