// The profiles of compose.yml: what they mount is accepted by the tools that will read it, and gives nobody more than it needs.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';

const HERE = import.meta.dirname;
const SETUP = join(HERE, 'elasticsearch-setup.sh');
const compose = parse(readFileSync(join(HERE, '../../compose.yml'), 'utf8'), { merge: true }) as {
  services: Record<string, { command?: string[]; image: string; environment?: object }>;
};
const filebeat = parse(readFileSync(join(HERE, 'filebeat.yml'), 'utf8')) as Record<string, unknown>;
const evaluation = parse(readFileSync(join(HERE, 'prometheus.yml'), 'utf8')) as {
  global: Record<string, string>;
};

test('push: promtool accepts the example as one of an agent', () => {
  const file = join(HERE, 'agent/agent.yml');
  // The password file is the user's own.
  const { status, stderr } = spawnSync(
    'promtool',
    ['check', 'config', '--agent', '--syntax-only', file],
    {
      encoding: 'utf8',
    },
  );
  assert.equal(status, 0, stderr);
  const { scrape_configs, remote_write } = parse(readFileSync(file, 'utf8')) as {
    scrape_configs: { job_name: string; static_configs: { targets: string[] }[] }[];
    remote_write: { basic_auth: object }[];
  };
  assert.equal(scrape_configs[0]?.static_configs[0]?.targets[0], 'exporter:10910');
  assert.deepEqual(Object.keys(remote_write[0]?.basic_auth ?? {}), ['username', 'password_file']);
});

test('the intervals that the rules are made for are those of the configuration', () => {
  const { intervals } = parse(readFileSync(join(HERE, '../../rules/thresholds.yml'), 'utf8')) as {
    intervals: { scrape: string; evaluation: string };
  };
  assert.equal(evaluation.global.scrape_interval, intervals.scrape);
  assert.equal(evaluation.global.evaluation_interval, intervals.evaluation);
});

test('logging: what exporter and analyzer write is what Filebeat decodes', () => {
  for (const name of ['exporter', 'analyzer']) {
    assert.ok(compose.services[name]?.command?.includes('--log.format=json'), name);
  }
  assert.match(JSON.stringify(filebeat), /decode_json_fields.*"message":"\^\\\\\{"/);
});

test('logging: all parts of Elastic have one version', () => {
  const images = ['elasticsearch', 'elasticsearch-setup', 'kibana', 'filebeat'].map(
    (name) => compose.services[name]?.image.split(':')[1],
  );
  assert.equal(new Set(images).size, 1);
});

test('logging: Filebeat signs in as the user that the set-up makes, who may write our logs only', async () => {
  const { requests, status } = await runSetup({ ELASTIC_PASSWORD: 'secret-1' });
  assert.equal(status, 0);
  assert.deepEqual(
    requests.map(({ line }) => line),
    [
      'PUT /_security/user/kibana_system/_password',
      'PUT /_security/role/latency_guard_logs',
      'PUT /_security/user/latency_guard_logs',
    ],
  );
  const authorization = `Basic ${Buffer.from('elastic:secret-1').toString('base64')}`;
  for (const request of requests) assert.equal(request.authorization, authorization);
  const role = JSON.parse(requests[1]?.body ?? '') as { indices: { names: string[] }[] };
  assert.deepEqual(
    role.indices.flatMap(({ names }) => names),
    ['latency-guard-logs*'],
  );
  const user = JSON.parse(requests[2]?.body ?? '') as { roles: string[] };
  assert.deepEqual(user.roles, ['latency_guard_logs']);
  const output = filebeat['output.elasticsearch'] as { username: string; index: string };
  assert.equal(output.username, 'latency_guard_logs');
  assert.match(output.index, /^latency-guard-logs-/);
});

test('logging: without a password, or with one that would need quoting, the set-up says so and asks nobody', async () => {
  for (const ELASTIC_PASSWORD of ['', 'a"b', "a'b", 'a b', 'a\nb']) {
    const { requests, status, output } = await runSetup({ ELASTIC_PASSWORD });
    assert.notEqual(status, 0);
    assert.match(output, /GUARD_ELASTIC_PASSWORD/);
    assert.deepEqual(requests, []);
  }
});

test('logging: a refusal of Elasticsearch ends the set-up as a failure', async () => {
  const { requests, status, output } = await runSetup({ ELASTIC_PASSWORD: 'wrong-1' }, 401);
  assert.notEqual(status, 0);
  assert.equal(requests.length, 1);
  assert.match(output, /401/);
});

interface Request {
  readonly line: string;
  readonly authorization: string;
  readonly body: string;
}

/** Runs the script against a server of our own that answers with this status. */
async function runSetup(environment: Readonly<Record<string, string>>, answer = 200) {
  const requests: Request[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      requests.push({ line: `${method} ${url}`, authorization: headers.authorization ?? '', body });
      response.writeHead(answer).end('{}');
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const child = spawn('/bin/sh', [SETUP], {
    env: {
      PATH: process.env.PATH,
      ELASTICSEARCH_URL: `http://127.0.0.1:${port}`,
      ...environment,
    },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  const [status] = (await once(child, 'close')) as [number];
  server.closeAllConnections();
  server.close();
  return { requests, status, output };
}
