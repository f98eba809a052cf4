import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CheckingTool, runCheckingTool } from './checking-tool.ts';

const tool: CheckingTool = {
  name: 'sh',
  override: 'GUARD_TEST_CHECKER_BIN',
  checks: 'rules',
  comesWith: 'a shell',
  debianPackage: 'dash',
};

test('the verdict is the exit code with everything that was written', () => {
  const verdict = runCheckingTool(tool, ['-c', 'echo in $PWD; echo bad >&2; exit 3'], '/');
  assert.deepEqual(verdict, { status: 3, output: 'in /\nbad\n' });
});

test('the environment names another file, and an empty name none', (t) => {
  t.after(() => delete process.env[tool.override]);
  process.env[tool.override] = '';
  assert.equal(runCheckingTool(tool, ['-c', 'echo sh'], '/').output, 'sh\n');
  process.env[tool.override] = 'echo';
  assert.equal(runCheckingTool(tool, ['other'], '/').output, 'other\n');
});

test('a tool that is not there is named, with what to install', (t) => {
  t.after(() => delete process.env[tool.override]);
  process.env[tool.override] = '/nonexistent/checker';
  assert.throws(
    () => runCheckingTool(tool, [], '/'),
    /no sh in PATH, so the rules cannot be checked: install a shell \(Debian: apt install dash\) or name the file in GUARD_TEST_CHECKER_BIN/,
  );
});

test('any other problem says what was tried and what happened', () => {
  assert.throws(
    () => runCheckingTool({ ...tool, name: '/etc/passwd' }, ['a'], '/'),
    /\/etc\/passwd a did not run: .*EACCES/,
  );
});
