// End to end with the real Prometheus and Alertmanager: a process that takes the CPU is found, ended by an approved action,
// and the verdict of the signal that found it is "improved".
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { stringify } from 'yaml';
import { startAlertmanager } from '../../alertmanager/alertmanager-process.ts';
import {
  guard,
  startAnalyzer,
  startPrometheus,
} from '../../analyzer/remediation/analyzer-process.contract.ts';
import { dieWithParent } from './child.ts';
import { getJson } from './loop-probe.ts';
import { findRuleFiles, renderPrometheusConfig } from './prometheus-config.ts';

const ROOT = join(import.meta.dirname, '..', '..');
/** Generous: what is asserted is that it happens. */
const PATIENCE_MS = 180_000;
/** A name of our own, so that another run on this machine is another group. */
const GROUP = `burner-${process.pid}`;

interface Shown {
  readonly id: string;
  readonly state: string;
  readonly playbook: string;
  readonly host: string;
  readonly verdict?: string;
  readonly dryRun?: string;
  readonly reason: string;
}

async function eventually<T>(what: string, ask: () => Promise<T | undefined>): Promise<T> {
  const until = Date.now() + PATIENCE_MS;
  let problem = 'nothing yet';
  while (Date.now() < until) {
    try {
      const value = await ask();
      if (value !== undefined) return value;
    } catch (error) {
      problem = (error as Error).message;
    }
    await sleep(500);
  }
  throw new Error(`never: ${what}: ${problem}`);
}

function startNode(context: TestContext, script: string, ...words: readonly string[]) {
  const [file, args] = dieWithParent(process.execPath, [join(ROOT, script), ...words]);
  const child = spawn(file, args, { cwd: ROOT, stdio: 'ignore' });
  const ended = once(child, 'exit');
  context.after(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  return { child, ended };
}

/** Ends the process of whom a file says the id, as an administrator's script would; says what it would do before. */
function writeEndScript(folder: string): string {
  const script = join(folder, 'end.mjs');
  writeFileSync(
    script,
    `import { readFileSync } from 'node:fs';
const [group, mode] = process.argv.slice(2);
const pid = Number(readFileSync('${folder}/' + group + '.pid', 'utf8'));
console.log((mode === 'try' ? 'would end ' : 'ends ') + group + ', process ' + pid);
process.kill(pid, mode === 'try' ? 0 : 'SIGTERM');
`,
  );
  return script;
}

function writeConfig(folder: string, alertmanagerUrl: string): string {
  const script = writeEndScript(folder);
  mkdirSync(join(folder, 'playbooks'));
  const playbook = {
    ...{ name: 'end_runaway', title: 'End what ran away', mode: 'approve' },
    match: { kinds: ['cpu_saturation'], labels: { group: GROUP } },
    steps: ['End it by hand'],
    action: {
      executor: 'command',
      parameters: {
        argv: [process.execPath, script, '{{group}}'],
        dry_run: [process.execPath, script, '{{group}}', 'try'],
      },
    },
    // Longer than the 30 s of the rate. Whoever has ended uses nothing: the series is gone, and that is a zero here.
    verify: {
      promql: 'sum(group:guard_process_cpu:rate30s{group="{{group}}"}) or vector(0)',
      ...{ settle: '45s', window: '5s' },
    },
  };
  writeFileSync(join(folder, 'playbooks', 'end_runaway.yml'), stringify(playbook));
  const config = join(folder, 'analyzer.yml');
  const commands = [
    [process.execPath, script, '*'],
    [process.execPath, script, '*', 'try'],
  ];
  const remediation = {
    playbooks: `${folder}/playbooks`,
    allow: { hosts: ['127.0.0.1'], commands },
  };
  writeFileSync(config, stringify({ alertmanager: { urls: [alertmanagerUrl] }, remediation }));
  return config;
}

async function startAll(context: TestContext, folder: string) {
  const alertmanager = await startAlertmanager(
    'route: {receiver: nobody}\nreceivers: [{name: nobody}]\n',
  );
  context.after(() => alertmanager.stop());
  const exporter = `127.0.0.1:${await freePort()}`;
  startNode(context, 'exporter/main.ts', `--web.listen-address=${exporter}`);
  const targets = { exporter, analyzer: exporter, prometheus: exporter };
  const rules = findRuleFiles(join(ROOT, 'rules'));
  writeFileSync(
    join(folder, 'prometheus.yml'),
    renderPrometheusConfig({ ...targets, alertmanagerUrl: alertmanager.url }, rules),
  );
  const prometheus = await startPrometheus(join(folder, 'prometheus.yml'), join(folder, 'tsdb'));
  context.after(() => prometheus.kill('SIGKILL'));
  const config = writeConfig(folder, alertmanager.url);
  const storage = join(folder, 'store');
  const analyzer = await startAnalyzer({ config, storage, prometheusUrl: prometheus.url });
  context.after(() => analyzer.kill('SIGKILL'));
  return { alertmanager, analyzer };
}

test('a runaway is found, ended when somebody approves it, and the signal proves it', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'guard-remediation-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const { alertmanager, analyzer } = await startAll(context, folder);
  const burner = startNode(context, 'bench/faults/cpu-hog.ts', '--seconds=600', `--title=${GROUP}`);
  writeFileSync(join(folder, `${GROUP}.pid`), String(burner.child.pid));

  const ask = async (): Promise<Shown | undefined> => {
    const text = await guard('actions', `--analyzer.url=${analyzer.url}`, '--output=json');
    const { actions } = JSON.parse(text) as { actions: Shown[] };
    return actions.find(({ playbook }) => playbook === 'end_runaway');
  };
  const when = (what: string, states: readonly string[]) =>
    eventually(what, async () => {
      const action = await ask();
      if (action !== undefined && states.includes(action.state)) return action;
      throw new Error(action === undefined ? 'no action' : `${action.state}: ${action.reason}`);
    });

  const waiting = await when('it is proposed', ['waiting', 'refused', 'suggested']);
  assert.equal(waiting.state, 'waiting', waiting.reason);
  assert.match(waiting.dryRun ?? '', new RegExp(`would end ${GROUP}, process ${burner.child.pid}`));
  assert.equal(burner.child.exitCode, null, 'a dry run ends nothing');

  const flags = [`--analyzer.url=${analyzer.url}`, '--reason=it is a test'];
  await guard('actions', 'approve', waiting.id, ...flags);
  await burner.ended;
  await eventually('Alertmanager hears that somebody works on it', async () => {
    const alerts = await getJson<{ labels: Record<string, string> }[]>(
      `${alertmanager.url}/api/v2/alerts?filter=alertname%3D%22GuardRemediationRunning%22`,
    );
    return alerts.find(({ labels }) => labels.group === GROUP);
  });

  const proved = await when('it is proved', ['proved', 'rolled_back', 'failed', 'escalated']);
  assert.deepEqual([proved.state, proved.verdict], ['proved', 'improved'], proved.reason);
  const metrics = await (await fetch(`${analyzer.url}/metrics`)).text();
  assert.match(metrics, /^guard_action_outcomes_total\{action="end_runaway",.*improved"\} 1$/m);
  await eventually('and that the work is over', async () => {
    const silences = await getJson<{ status: { state: string } }[]>(
      `${alertmanager.url}/api/v2/silences`,
    );
    const isOver =
      silences.length > 0 && silences.every(({ status }) => status.state === 'expired');
    return isOver ? true : undefined;
  });
});

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
