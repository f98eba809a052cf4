// End to end with the real Prometheus and Alertmanager: a CPU burner is found, forecast, alerted and resolved.
import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { DASHBOARDS } from '../../grafana/dashboards/list.ts';
import { panelQueries, requestPath } from '../../grafana/dashboards/panel-queries.ts';
import { ALL_CLEAR } from '../../grafana/dashboards/shared/findings.ts';
import { dieWithParent } from './child.ts';
import {
  ended,
  eventually as eventuallyIn,
  getJson,
  getText,
  pidOf,
  SERVER_NAMES,
} from './loop-probe.ts';

const ROOT = join(import.meta.dirname, '..', '..');
/** A name of our own, so that another run on this machine is another group. */
const GROUP = `burner-${process.pid}`;
const dataDir = mkdtempSync(join(tmpdir(), 'guard-loop-'));
let system: ChildProcess;
let output = '';
let burner: ChildProcess | undefined;
let urls: { prometheus: string; alertmanager: string; exporter: string; analyzer: string };

const eventually = (what: string, check: () => Promise<void>) =>
  eventuallyIn(what, { dataDir, output: () => output }, check);

before(async () => {
  const ports = ['prometheus', 'alertmanager', 'exporter', 'analyzer'].map(
    (name) => `--${name}.port=0`,
  );
  const main = join(import.meta.dirname, 'main.ts');
  const [file, args] = dieWithParent(process.execPath, [main, ...ports, `--data.dir=${dataDir}`]);
  system = spawn(file, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
  system.stdout?.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  system.stderr?.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  await eventually('the URLs are printed', async () => {
    assert.equal(system.exitCode, null, output);
    const url = (name: string) =>
      new RegExp(`^ +${name} +(http://[\\d.:]+)`, 'm').exec(output)?.[1];
    const [prometheus, alertmanager, exporter, analyzer] = [
      'Prometheus',
      'Alertmanager',
      'Exporter',
      'Analyzer',
    ].map(url);
    assert.ok(prometheus && alertmanager && exporter && analyzer, output);
    urls = { prometheus, alertmanager, exporter, analyzer };
  });
});

after(async () => {
  burner?.kill('SIGKILL');
  if (system.exitCode === null) system.kill('SIGKILL');
  await ended(system);
  rmSync(dataDir, { recursive: true, force: true });
});

test('the exporter’s own output is what promtool wants', async () => {
  const body = await getText(`${urls.exporter}/metrics`);
  assert.match(body, /^guard_process_cpu_seconds_total\{/m);
  assert.match(body, /^guard_ping_rtt_seconds_bucket\{/m);
  assert.equal(
    execFileSync('promtool', ['check', 'metrics'], { input: body, encoding: 'utf8' }),
    '',
  );
});

test('every target is up', async () => {
  await eventually('four targets are up', async () => {
    const up = await query('up == 1');
    assert.deepEqual(up.map(({ metric }) => metric.job).sort(), [
      'alertmanager',
      'latency-guard-analyzer',
      'latency-guard-exporter',
      'prometheus',
    ]);
  });
});

test('a CPU burner gets a score in Prometheus and an explained alert in Alertmanager', async () => {
  const hog = join(ROOT, 'bench/faults/cpu-hog.ts');
  const [file, args] = dieWithParent(process.execPath, [hog, '--seconds=900', `--title=${GROUP}`]);
  burner = spawn(file, args, { stdio: 'ignore' });
  await eventually('its score is in Prometheus', async () => {
    const [score] = await query(
      `guard_bottleneck_score{kind="cpu_saturation",group="${GROUP}"} >= 0.5`,
    );
    assert.ok(score);
    assert.equal(
      score.metric.job,
      'latency-guard-exporter',
      'the labels are those of the source series',
    );
  });
  await eventually('its alert is in Alertmanager', async () => {
    const alert = await findAlert();
    assert.ok(alert);
    assert.equal(alert.labels.alertname, 'GuardCpuSaturation');
    assert.match(alert.annotations.evidence ?? '', /burner-\d+ uses [\d.]+ of \d+ CPUs/);
    assert.match(alert.annotations.suggestion ?? '', /Profile/);
    assert.match(alert.annotations.runbook_url ?? '', /cpu_saturation\.md$/);
  });
});

test('the evidence’s PromQL shows the claim', async () => {
  const { findings } = await getJson<{ findings: Finding[] }>(`${urls.analyzer}/api/v1/findings`);
  const finding = findings.find(({ subject }) => subject.group === GROUP);
  assert.ok(finding);
  for (const { promql, text: claim } of finding.evidence) {
    assert.equal((await query(promql)).length, 1, `${claim}: ${promql}`);
  }
});

test('killing any child loses no later finding', async () => {
  for (const name of ['analyzer', 'exporter', 'prometheus', 'alertmanager'] as const) {
    const mentions = () => output.split(`${name} `).length;
    const before = mentions();
    process.kill(pidOf(system, name), 'SIGKILL');
    await eventually(`the end of ${name} is said`, async () =>
      assert.ok(mentions() > before, output),
    );
    await eventually(`${name} is ready again`, async () => {
      await getText(`${urls[name]}/-/ready`);
    });
  }
  await eventually('the burner is a firing finding again', async () => {
    assert.equal((await query(`guard_finding{group="${GROUP}",state="firing"}`)).length, 1);
    assert.ok(await findAlert());
  });
});

test('its CPU is forecast, lower < median < upper, and nothing is written into the future', async () => {
  await eventually('the forecast is in Prometheus', async () => {
    const samples = await query(
      `guard_forecast{signal="group_cpu",group="${GROUP}",horizon="10m"}`,
    );
    const at = (quantile: string) =>
      Number(samples.find(({ metric }) => metric.quantile === quantile)?.value[1] ?? Number.NaN);
    const values = ['0.025', '0.1', '0.5', '0.9', '0.975'].map(at);
    const [lower95, lower, median, upper, upper95] = values as [
      number,
      number,
      number,
      number,
      number,
    ];
    assert.ok(lower < median && median < upper, values.join(' '));
    assert.ok(lower95 <= lower && upper <= upper95, values.join(' '));
  });
  const [head] = await query('prometheus_tsdb_head_max_time_seconds - time()');
  assert.ok(Number(head?.value[1]) <= 1, 'no sample is later than now');
});

test('the forecast curve lies in the future and is never stored', async () => {
  const curve = `guard_forecast_curve{signal="group_cpu",group="${GROUP}",quantile="0.5",horizon="10m"}`;
  const now = Math.floor(Date.now() / 1000);
  const range = `query=${encodeURIComponent(curve)}&start=${now}&end=${now + 500}&step=10`;
  const { data } = await getJson<{ data: { result: { values: [number, string][] }[] } }>(
    `${urls.prometheus}/api/v1/query_range?${range}`,
  );
  const times = data.result.flatMap(({ values }) => values.map(([time]) => time));
  assert.ok(times.filter((time) => time > now + 300).length > 10, JSON.stringify(data.result));
  const [samples] = await query('count({__name__="guard_forecast_curve"} offset -1d) or vector(0)');
  assert.equal(samples?.value[1], '0');
});

/** Rules of what a host may not have; those of anomalies need a day of history. */
const NEEDS_HISTORY = /^anomaly:/;
const MAY_BE_EMPTY: Readonly<Record<string, string>> = {
  'instance_probe:guard_probe_failure:ratio_rate5m': 'no probe is configured by default',
  'instance_device:guard_network_used:ratio_rate30s': 'not every link tells its speed',
};

test('every recording rule has data, or what it is about may not be there', async () => {
  const rules = async () => {
    const url = `${urls.prometheus}/api/v1/rules?type=record`;
    const { data } = await getJson<{ data: { groups: { rules: Rule[] }[] } }>(url);
    return data.groups.flatMap((group) => group.rules);
  };
  await eventually('every rule was evaluated and has a series', async () => {
    const all = await rules();
    assert.ok(all.length > 30);
    for (const { name, health, lastError } of all)
      assert.equal(health, 'ok', `${name}: ${lastError}`);
    const counts = await query('count by (__name__) ({__name__=~".+:guard_.+"})');
    const present = new Set(counts.map(({ metric }) => metric.__name__));
    assert.deepEqual(
      all
        .map(({ name }) => name)
        .filter(
          (name) => !present.has(name) && !(name in MAY_BE_EMPTY) && !NEEDS_HISTORY.test(name),
        ),
      [],
    );
  });
});

test('every panel of every dashboard has data, or says why it may be empty', async () => {
  await eventually('no panel is empty', async () => {
    const empty: string[] = [];
    for (const [file, build] of Object.entries(DASHBOARDS)) {
      for (const panelQuery of panelQueries(build())) {
        const { panel, expr, mayBeEmpty } = panelQuery;
        // The burner is a finding: for want of one no panel is excused here.
        if (mayBeEmpty !== undefined && mayBeEmpty !== ALL_CLEAR) continue;
        const path = requestPath(panelQuery, Date.now() / 1000);
        const { data } = await getJson<Answer>(`${urls.prometheus}${path}`);
        if (data.result.length === 0) empty.push(`${file}, ${panel}: ${expr}`);
      }
    }
    assert.deepEqual(empty, []);
  });
});

test('after the burner stopped the alert resolves and the finding is gone', async () => {
  burner?.kill('SIGKILL');
  await eventually('the alert is over', async () => {
    assert.equal(await findAlert(), undefined);
    // A Prometheus that was killed does not mark what ended meanwhile as stale: only what is still scraped counts.
    const open = `guard_finding{group="${GROUP}"}`;
    assert.equal((await query(`${open} and time() - timestamp(${open}) < 20`)).length, 0);
  });
});

test('SIGTERM ends everything and leaves no process behind', async () => {
  const pids = SERVER_NAMES.map((name) => pidOf(system, name));
  system.kill('SIGTERM');
  assert.equal(await ended(system), 0, output);
  for (const pid of pids) assert.throws(() => process.kill(pid, 0), /ESRCH/);
});

interface Vector {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}
interface Answer {
  readonly data: { readonly result: readonly unknown[] };
}
interface Alert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}
interface Finding {
  readonly subject: Readonly<Record<string, string>>;
  readonly evidence: readonly { readonly text: string; readonly promql: string }[];
}
interface Rule {
  readonly name: string;
  readonly health: string;
  readonly lastError?: string;
}

async function query(promql: string): Promise<Vector[]> {
  const url = `${urls.prometheus}/api/v1/query?query=${encodeURIComponent(promql)}`;
  return (await getJson<{ data: { result: Vector[] } }>(url)).data.result;
}

async function findAlert(): Promise<Alert | undefined> {
  const alerts = await getJson<Alert[]>(`${urls.alertmanager}/api/v2/alerts?active=true`);
  return alerts.find(({ labels }) => labels.group === GROUP && labels.kind === 'cpu_saturation');
}
