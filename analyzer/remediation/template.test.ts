import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { runChild } from './executors/child.ts';
import { isAllowed } from './executors/command.ts';
import { fillTemplates, fillText, TemplateError, withHost } from './template.ts';

const METACHARACTERS = /[\s"'`$&|;<>(){}[\]*?!#~\\/,=%^]/;

test('no label brings a metacharacter, an option or another argument into an action', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.string({ unit: 'binary' }),
        fc.stringMatching(/^[\w$;|&`'"-]{1,9}$/),
      ),
      (value) => {
        const argv = ['/usr/bin/systemctl', 'restart', '{{group}}'];
        let filled: unknown;
        try {
          filled = fillTemplates({ argv }, { group: value });
        } catch (error) {
          assert.ok(error instanceof TemplateError);
          return;
        }
        assert.deepEqual(filled, { argv: ['/usr/bin/systemctl', 'restart', value] });
        assert.doesNotMatch(value, METACHARACTERS);
        assert.doesNotMatch(value, /^-|\.\.|^$/);
      },
    ),
    { numRuns: 5_000 },
  );
});

test('what reaches a program are the words, whatever stands in them', async () => {
  const words = ['$(touch /tmp/x)', '; ls', "a'b", 'a b', '*', '|', '\n', '--help'];
  const script = 'process.stdout.write(JSON.stringify(process.argv.slice(1)))';
  const argv = [process.execPath, '-e', script, '--', ...words];
  const { output } = await runChild(argv, {
    timeoutMs: 20_000,
    signal: new AbortController().signal,
  });
  assert.deepEqual(JSON.parse(output), words);
});

test('a child is ended with its time, with what it started, and cannot fill the memory', async () => {
  const { signal } = new AbortController();
  const slow = await runChild(['/bin/sh', '-c', 'sleep 60 & sleep 60'], { timeoutMs: 200, signal });
  assert.deepEqual([slow.ended, slow.status], ['timeout', undefined]);
  const loud = await runChild(
    [process.execPath, '-e', "process.stdout.write('x'.repeat(5e6) + 'the end')"],
    { timeoutMs: 20_000, signal },
  );
  assert.match(loud.output, /^\[\d+ bytes left out\]/);
  assert.ok(loud.output.length < 70_000 && loud.output.endsWith('the end'));
  const absent = await runChild(['/no/such/program'], { timeoutMs: 1_000, signal });
  assert.equal(absent.ended, 'not_started');
  const aborted = await runChild(['/bin/sleep', '60'], {
    timeoutMs: 60_000,
    signal: AbortSignal.abort(),
  });
  assert.equal(aborted.ended, 'aborted');
});

test('labels are filled in where they are named, and nowhere else', () => {
  assert.equal(fillText('x-{{ group }}.{{group}}', { group: 'a.b' }), 'x-a.b.a.b');
  assert.equal(fillText('{{a}}', { a: '{b}'.slice(1, 2) }), 'b');
  assert.throws(() => fillText('{{gone}}', {}), /no label gone/);
  assert.throws(() => fillText('{{toString}}', {}), /no label toString/);
  assert.deepEqual(fillTemplates([1, true, null, { a: ['{{x}}'] }], { x: 'y' }), [
    1,
    true,
    null,
    { a: ['y'] },
  ]);
  assert.equal(withHost({ instance: 'web1:9100' }).host, 'web1');
  assert.equal(withHost({ instance: '[::1]:9100' }).host, '::1');
  assert.equal(withHost({ instance: '::1' }).host, '::1');
});

test('an allow-list names whole words', () => {
  const pattern = ['/bin/systemctl', 'restart', '*'];
  assert.ok(isAllowed(pattern, ['/bin/systemctl', 'restart', 'a']));
  assert.ok(!isAllowed(pattern, ['/bin/systemctl', 'stop', 'a']));
  assert.ok(!isAllowed(pattern, ['/bin/systemctl', 'restart', 'a', 'b']));
  assert.ok(!isAllowed(['*', 'x'], ['/bin/sh', 'x']));
});
