import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError, parseConfig } from '../../../service/config.ts';
import { createGrouping, needsUsername } from './grouping.ts';
import { processConfigSchema } from './grouping-config.ts';

const parse = (text: string) => parseConfig(processConfigSchema, text, 'exporter.yml');
const identity = {
  comm: 'java',
  exe: '/usr/lib/jvm/bin/java' as string | undefined,
  argv: ['java', '-jar', '/opt/kafka.jar', '--cluster', 'eu'],
  kernel: false,
  username: 'kafka',
};

function problemsOf(text: string): string {
  try {
    parse(text);
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.message;
  }
  return '';
}

function groupOf(rules: string, of: Partial<typeof identity> = {}): string {
  return createGrouping(parse(`groups:\n${rules}`).groups)({ ...identity, ...of });
}

test('an empty section is all defaults', () => {
  const { groups, max_groups, top_processes, compatibility, kubernetes } = parse('');
  assert.deepEqual([groups, max_groups, top_processes], [[], 500, 10]);
  assert.deepEqual([compatibility, kubernetes], [undefined, undefined]);
  assert.equal(createGrouping([])(identity), 'java:kafka.jar');
});

test('the first rule that matches names the group', () => {
  const rules =
    '- {name: a, comm: [node]}\n- {name: b, comm: [perl, java]}\n- {name: c, comm: [java]}';
  assert.equal(groupOf(rules), 'b');
  assert.equal(groupOf(rules, { comm: 'ruby', exe: '/bin/x', argv: [] }), 'ruby');
});

test('all criteria must match, and every expression', () => {
  const rule = "- {name: k, comm: [java], exe: [java], cmdline: ['kafka', 'cluster eu$']}";
  assert.equal(groupOf(rule), 'k');
  for (const other of [
    { comm: 'node' },
    { exe: '/usr/bin/node' },
    { argv: ['java', 'kafka', '--cluster', 'us'] },
    { argv: ['java', '--cluster', 'eu'] },
  ]) {
    assert.notEqual(groupOf(rule, other), 'k');
  }
});

test('a program is matched by base name, or by path when a slash is given', () => {
  assert.equal(groupOf('- {name: x, exe: [/usr/lib/jvm/bin/java]}'), 'x');
  assert.equal(groupOf('- {name: x, exe: [/opt/java]}'), 'java:kafka.jar');
  assert.equal(groupOf('- {name: x, exe: [java]}', { exe: undefined }), 'x');
});

test('templates are filled', () => {
  const name = (template: string, cmdline = '.') =>
    groupOf(`- {name: '${template}', cmdline: ['${cmdline}']}`);
  assert.equal(name('{{.Comm}}/{{ .ExeBase }}'), 'java/java');
  assert.equal(name('{{.ExeFull}} by {{.Username}}'), '/usr/lib/jvm/bin/java by kafka');
  assert.equal(name('kafka-{{.Matches.where}}', '--cluster (?P<where>\\w+)'), 'kafka-eu');
  assert.equal(name('k{{.Matches.no}}', '(?<no>nothing)?'), 'k');
  assert.equal(needsUsername([{ name: '{{.Username}}' }]), true);
  assert.equal(needsUsername([{ name: '{{.Comm}}' }]), false);
});

test('a name is bounded and has no control characters', () => {
  assert.equal(createGrouping([])({ ...identity, exe: '/x', argv: [], comm: 'a\nb\u0007' }), 'ab');
  assert.equal(createGrouping([])({ ...identity, exe: '/x', argv: [], comm: '\n' }), 'unnamed');
  const long = createGrouping([{ name: `${'x'.repeat(127)}\u{1F600}`, comm: ['java'] }])(identity);
  assert.equal(long, 'x'.repeat(127));
});

test('mistakes are reported together, each with its place', () => {
  const message = problemsOf(`groups:
  - name: a
    cmdline: ['(']
  - name: '{{.Pid}}'
    comm: [x]
  - name: '{{.Matches.y}}'
    cmdline: ['(?<z>.)']
  - {name: b}
  - {name: '{{ if }}', comm: [x], extra: 1}
  - {name: c, comm: []}
max_groups: 0
`);
  assert.match(
    message,
    /exporter\.yml:3: groups\[0\]\.cmdline\[0\]: "\(" is not a regular expression/,
  );
  assert.match(message, /groups\[1\]\.name: \{\{\.Pid\}\} is not known here; known are \.Comm/);
  assert.match(message, /groups\[2\]\.name: \{\{\.Matches\.y\}\} .*\.Matches\.z/);
  assert.match(message, /groups\[3\]: needs at least one of comm, exe, cmdline/);
  assert.match(message, /groups\[4\]\.extra: unknown key/);
  assert.match(message, /groups\[5\]\.comm/);
  assert.match(message, /max_groups/);
  assert.match(
    problemsOf("groups: [{name: '{{ if }}', comm: [x]}]"),
    /only plain fields such as \{\{\.Comm\}\}/,
  );
  assert.match(problemsOf('group: []'), /unknown key/);
});
