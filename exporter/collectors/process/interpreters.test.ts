import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultGroup, labelName } from './interpreters.ts';

interface Case {
  readonly comm: string;
  readonly exe?: string;
  readonly kernel?: boolean;
}

const group = (want: Case, argv: readonly string[] = []) =>
  defaultGroup({ exe: undefined, kernel: false, username: 'root', argv, ...want });
const check = (name: string, exe: string, commandLine: string) =>
  assert.equal(
    group({ comm: (exe.split('/').pop() ?? '').slice(0, 15), exe }, commandLine.split(' ')),
    name,
    commandLine,
  );

test('an ordinary program is its name', () => {
  check('nginx', '/usr/sbin/nginx', 'nginx: master process /usr/sbin/nginx');
  check('postgres', '/usr/lib/postgresql/16/bin/postgres', 'postgres: walwriter');
  assert.equal(group({ comm: 'bash', exe: '/usr/bin/bash' }, ['-bash']), 'bash');
});

test('a name that the kernel cut is completed from the file, never from arguments', () => {
  assert.equal(
    group({ comm: 'prometheus-node', exe: '/usr/bin/prometheus-node-exporter' }),
    'prometheus-node-exporter',
  );
  assert.equal(
    group({ comm: 'prometheus-node' }, ['/usr/bin/prometheus-node-exporter', '--x']),
    'prometheus-node-exporter',
  );
  assert.equal(group({ comm: 'prometheus-node' }, ['other']), 'prometheus-node');
  assert.equal(group({ comm: 'short', exe: '/usr/bin/shorter' }), 'short');
  assert.equal(
    group({ comm: 'memfd:sealed-91', exe: '/memfd:sealed-91173221 (deleted)' }),
    'memfd:sealed-91',
  );
});

test('node runs its script, whatever the main thread is called', () => {
  const exe = '/opt/node/bin/node';
  const node = (argv: readonly string[], comm = 'MainThread') => group({ comm, exe }, argv);
  assert.equal(node(['node', 'exporter/main.ts']), 'node:exporter/main.ts');
  assert.equal(node(['node', 'exporter/main.ts'], 'node'), 'node:exporter/main.ts');
  assert.equal(node(['node', 'exporter/main.ts'], 'node-MainThread'), 'node:exporter/main.ts');
  assert.equal(node(['node', '--import', 'tsx', '/srv/shop/index.js']), 'node:shop/index.js');
  assert.equal(
    node(['node', '-r', 'dotenv/config', 'worker.js', '--key=s3cret']),
    'node:worker.js',
  );
  assert.equal(node(['node', '--max-old-space-size=512', './a/../b/report.js']), 'node:report.js');
  for (const argv of [
    ['node', '-e', 'secret()'],
    ['node', '-pe', 'secret'],
    ['node', '--eval', 'secret'],
    ['node', '--eval=secret'],
    ['node'],
    ['node', '-'],
    ['node', '/usr/bin/npm', 'exec', 'x'],
    ['node', '/usr/lib/node_modules/npm/bin/npm-cli.js', 'run', 'start'],
  ]) {
    assert.equal(node(argv), 'node', argv.join(' '));
  }
});

test('a title that the process gave itself wins, but for that of npm, which holds arguments', () => {
  const exe = '/opt/node/bin/node';
  assert.equal(group({ comm: 'guard-exporter', exe }, ['guard-exporter']), 'guard-exporter');
  assert.equal(
    group({ comm: 'order-processor', exe }, ['order-processor-eu password=x']),
    'order-processor-eu',
    'the kernel cuts at 15 bytes, the arguments have it whole',
  );
  assert.equal(group({ comm: 'npm exec token=', exe }, ['npm exec token=abc']), 'node');
  assert.equal(group({ comm: 'npm exec token=' }, ['npm exec token=abc']), 'node');
  assert.equal(labelName('npm exec token='), 'npm');
  assert.equal(labelName('npmlike service'), 'npmlike service');
  assert.equal(
    group({ comm: 'gunicorn', exe: '/usr/bin/python3.11' }, ['gunicorn: worker [shop]']),
    'gunicorn',
  );
});

test('an interpreter is known by its first argument when the file is hidden', () => {
  assert.equal(group({ comm: 'MainThread' }, ['/usr/bin/node', 'a.js']), 'node:a.js');
  assert.equal(group({ comm: 'python3' }, ['python3', 'app.py']), 'python:app.py');
});

test('python', () => {
  const exe = '/usr/bin/python3.11';
  check('python:app.py', exe, 'python3 app.py');
  check('python:shop/manage.py', exe, 'python3 -u /srv/shop/manage.py runserver');
  check('python:http.server', exe, 'python -m http.server 8000');
  check('python:http.server', exe, 'python -um http.server');
  check('python:http.server', exe, 'python -mhttp.server');
  check('python:celery', exe, '/venv/bin/python3 /venv/bin/celery worker');
  check('python:job.py', exe, 'python -W ignore -Xdev job.py');
  check('python:foo/__main__.py', exe, 'python /x/foo/__main__.py');
  check('python', exe, 'python3 -c password');
  check('python', exe, 'python3 -Ic password');
  assert.equal(group({ comm: 'python3', exe: '/x/python3.11 (deleted)' }, ['py']), 'python');
});

test('java', () => {
  const exe = '/usr/lib/jvm/bin/java';
  check('java:x.jar', exe, 'java -Xmx1g -jar /opt/x.jar --password s3cret');
  check('java:com.foo.Main', exe, 'java -cp a.jar:b.jar -Dkey=value com.foo.Main run');
  check('java:com.foo.Main', exe, 'java -p mods -m com.foo/com.foo.Main');
  check('java:com.foo.Main', exe, 'java @options.txt com.foo.Main');
  check('java:srv/app.jar', exe, 'java -jar /srv/app.jar');
  check('java', exe, 'java -version');
});

test('shells', () => {
  const exe = '/usr/bin/bash';
  check('bash:script.sh', exe, 'bash script.sh');
  check('bash:script.sh', exe, 'bash -eu -o pipefail ./script.sh token');
  check('bash', exe, 'bash');
  check('bash', exe, 'bash -lc secret');
  check('bash', exe, 'bash -s secret');
  check('bash', exe, 'bash /dev/fd/3');
  assert.equal(group({ comm: 'sh', exe: '/usr/bin/dash' }, ['sh', '-c', 'secret']), 'sh');
  assert.equal(group({ comm: 'deploy.sh', exe }, ['/bin/bash', './deploy.sh']), 'bash:deploy.sh');
});

test('perl, ruby, php and others', () => {
  check('perl:report.pl', '/usr/bin/perl', 'perl -w -I lib report.pl');
  check('perl', '/usr/bin/perl', 'perl -lane secret');
  check('perl:x.pl', '/usr/bin/perl', 'perl -MData::Dumper x.pl');
  check('ruby:bin/run', '/usr/bin/ruby3.1', 'ruby -I lib bin/run');
  check('ruby', '/usr/bin/ruby', 'ruby -e secret');
  check('php:artisan', '/usr/bin/php8.2', 'php -d x=1 artisan queue:work');
  check('php:router.php', '/usr/bin/php8.2', 'php -S 127.0.0.1:80 router.php');
  check('php', '/usr/bin/php8.2', 'php -r secret');
  check('php-fpm8.2', '/usr/sbin/php-fpm8.2', 'php-fpm: pool www');
  check('deno:main.ts', '/usr/bin/deno', 'deno run -A https://user:password@host/main.ts?token=x');
  check('dotnet:shop.dll', '/usr/bin/dotnet', 'dotnet /srv/shop.dll');
});

test('a word that cannot be a script never becomes a name', () => {
  const node = (word: string) => group({ comm: 'node', exe: '/usr/bin/node' }, ['node', word]);
  for (const word of ['a b', 'KEY=secret', 'x;y', '$(x)', 'a'.repeat(300)]) {
    assert.equal(node(word), 'node', word);
  }
});

test('kernel threads are grouped by family', () => {
  for (const [comm, want] of [
    ['kworker/0:1-events', 'kernel:kworker'],
    ['ksoftirqd/1', 'kernel:ksoftirqd'],
    ['kswapd0', 'kernel:kswapd'],
    ['migration/0', 'kernel:migration'],
    ['jbd2/vda-8', 'kernel:jbd2'],
    ['scsi_eh_0', 'kernel:scsi_eh'],
    ['kthreadd', 'kernel:kthreadd'],
    ['0', 'kernel:0'],
  ] as const) {
    assert.equal(group({ comm, kernel: true }), want);
  }
});
