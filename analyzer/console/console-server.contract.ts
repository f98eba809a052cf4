// The console behind the real routes, over data with something of everything, for tests. It can be stopped and started again.
import type { TestContext } from 'node:test';
import { createHttpService } from '../../service/http-service.ts';
import { createLogger } from '../../service/log.ts';
import { createAccess } from '../api/access.ts';
import { authSchema, type Login } from '../api/auth-config.ts';
import { createConsoleRoutes } from '../api/console-static.ts';
import { createTopics } from '../api/events-topics.ts';
import { everyRoute, FINDING } from '../api/every-route.contract.ts';
import { startIdentityProvider } from '../api/identity-provider.contract.ts';
import { mountRoutes } from '../api/mount-routes.ts';
import { createOidc } from '../api/oidc.ts';
import { createRateLimits } from '../api/rate-limits.ts';
import { createRouteList } from '../api/route-list.ts';
import { createTicketDesk } from '../notify/open-ticket.ts';
import { previewAlert } from '../pipeline/preview-alert.ts';
import { EMPTY_SNAPSHOT, type SignalForecast, type Snapshot } from '../pipeline/state.ts';
import type { Querier } from '../prometheus/querier.ts';
import type { Role } from '../remediation/config.ts';
import { playbookSchema } from '../remediation/playbook.ts';
import {
  type AnomalyEvent,
  type AnomalyReport,
  type AnomalyScore,
  NO_ANOMALIES,
} from '../series/anomaly.ts';

const HOST = { job: 'guard', instance: 'web1:10910' };
const STEPS = 60;
const SECRET = 'a-client-secret';
export const EVIL = '<img src=x onerror="window.hit=1">';

const PLAYBOOK = playbookSchema.parse({
  name: 'give_cpu',
  title: 'Give the group CPU time again',
  match: { kinds: ['cpu_saturation'] },
  steps: ['See who uses the CPU', `Stop it ${EVIL}`],
});

export interface ConsoleServer {
  readonly url: string;
  /** What the next cycle has found. */
  show(change: Partial<Snapshot>): void;
  stop(): Promise<void>;
  start(): Promise<void>;
}

export interface ConsoleServerOptions {
  /** Of tokens `token-ROLE`; with some, nobody reads without. */
  readonly roles?: readonly Role[];
  /** Log-in at a real provider, with the groups of each account: `viewers`, `admins`. */
  readonly groups?: Readonly<Record<string, readonly string[]>>;
  /** Where changed thresholds are written. */
  readonly thresholdsFile?: string;
}

export async function startConsole(
  t: Pick<TestContext, 'after'>,
  { roles = [], groups, thresholdsFile }: ConsoleServerOptions = {},
): Promise<ConsoleServer> {
  const clock = () => Date.now() / 1000;
  let snapshot = snapshotAt(clock());
  const { options, gate, sessions } = everyRoute(t as TestContext, roles);
  let auth = authSchema.parse(roles.length > 0 ? { anonymous_read: false } : {});
  let login: Login['oidc'];
  const store = options.actions.store;
  const { rank } = options.suggestions.ranking();
  const ranked = () => ({ ...snapshot, findings: snapshot.findings.map((one) => rank(one)) });
  const url = 'https://jira.example/browse/OPS-1';
  const open = async () => ({ system: 'jira', id: 'OPS-1', url, isNew: true });
  const desk = createTicketDesk(new Map([['jira', { open }]]), clock);
  const routes = createRouteList({
    ...options,
    forecasts: { ...options.forecasts, snapshot: ranked, clock },
    tickets: { ...options.tickets, snapshot: ranked, desk: () => desk, clock },
    suggestions: { ...options.suggestions, snapshot: ranked, clock },
    auth: {
      ...{ auth: () => auth, gate: () => gate, sessions },
      oidc: createOidc({ settings: () => login, clock, log: { info() {}, warn() {} } }),
    },
    rules: {
      ...options.rules,
      ...(thresholdsFile && {
        settings: () => ({ thresholds_file: thresholdsFile, prometheusUrl: 'http://127.0.0.1:9' }),
      }),
      previews: () => ({
        preview: async (request) => ({ severities: await previewAlert(createPast(), request) }),
      }),
      clock,
    },
    anomalies: { ...options.anomalies, report: () => snapshot.anomalies, clock },
    events: {
      topics: createTopics({
        snapshot: () => snapshot,
        audited: async () => (await store.audit.list(1))[0]?.seq,
      }),
      clock,
      lookMs: 50,
      beatMs: 1_000,
    },
    history: {
      signals: () => ({ host_cpu: { expr: 'up{$selector}', unit: 'ratio' } }),
      querier: () => createPast(),
      clock,
    },
    console: { ...options.console, unavailable: () => snapshot.unavailable, clock },
    actions: {
      ...options.actions,
      playbooks: () => [{ playbook: PLAYBOOK, digest: '0' }],
      clock,
    },
  });
  const access = createAccess({
    gate: () => gate,
    auth: () => auth,
    sessions,
    isAuthenticated: () => false,
  });
  const log = createLogger({ name: 'test', level: 'error', format: 'logfmt' });
  const create = (port: number) =>
    createHttpService({
      title: 'Latency Guard analyzer',
      description: 'Test',
      listen: { host: '127.0.0.1', port },
      log,
      metrics: async () => '',
      notReady: () => undefined,
      reload: async () => {},
      routes: mountRoutes(routes, { access, limits: createRateLimits(), log }).use(
        createConsoleRoutes(),
      ),
    });
  let service = create(0);
  const { port } = await service.start();
  t.after(() => service.stop());
  const own = `http://127.0.0.1:${port}`;
  if (groups !== undefined) {
    const provider = { externalUrl: own, secret: SECRET, groups };
    const { issuer } = await startIdentityProvider(t, provider);
    const roleGroups = { viewer: ['viewers'], admin: ['admins'] };
    const settings = { issuer, client_id: 'guard', roles: roleGroups };
    auth = authSchema.parse({ external_url: own, oidc: settings });
    login = auth.oidc && { config: auth.oidc, externalUrl: own, clientSecret: SECRET };
  }
  return {
    url: own,
    show(change) {
      snapshot = { ...snapshot, ...change, cycles: snapshot.cycles + 1 };
    },
    stop: () => service.stop(),
    async start() {
      service = create(port);
      await service.start();
    },
  };
}

/** Findings, the most urgent first, with names that somebody else chose. */
export function manyFindings(count: number, now: number): Snapshot['findings'] {
  return Array.from({ length: count }, (_, index) => ({
    ...FINDING,
    subject: { ...HOST, group: index === 0 ? EVIL : `worker-${index}` },
    score: 1 - index / (2 * count),
    since: now - 60 - index,
    evidence: [{ text: `worker-${index} uses 1.9 of 2 CPUs ${EVIL}`, promql: 'up == 1' }],
  }));
}

function snapshotAt(now: number): Snapshot {
  return {
    ...EMPTY_SNAPSHOT,
    ...{ cycles: 3, lastCycle: now, outcome: 'ok', problem: undefined, groups: 12 },
    findings: manyFindings(2_000, now),
    forecasts: [forecast(now, 600), forecast(now, 3_600)],
    anomalies: anomaliesAt(now),
    unavailable: [{ what: 'forecast', signal: 's', reason: 'gap', detail: `no samples ${EVIL}` }],
  };
}

function forecast(now: number, horizon: number): SignalForecast {
  const step = horizon / STEPS;
  const path = (shift: number) =>
    Float64Array.from({ length: STEPS }, (_, i) => 0.5 + i / 200 + shift);
  const interval = (level: number, width: number) => ({
    level,
    lower: path(-width),
    upper: path(width),
  });
  return {
    ...{ signal: 'host_cpu', unit: 'ratio', labels: HOST, horizon, step, limit: 0.8 },
    ...{ end: Math.floor(now), value: 0.5 },
    forecast: {
      model: 'ets',
      median: path(0),
      intervals: [interval(0.8, 0.1), interval(0.95, 0.2)],
    },
    timeToThreshold: { p10: 300, p50: 2_400, p90: Number.POSITIVE_INFINITY },
  };
}

function anomaliesAt(now: number): AnomalyReport {
  const figures = { actual: 0.95, expected: 0.3, lower: 0.2, upper: 0.4 };
  const scores: AnomalyScore[] = Array.from({ length: 300 }, (_, index) => ({
    ...{ signal: 'host_cpu', detector: 'fused' as const, labels: { ...HOST, group: `g${index}` } },
    ...{ ...figures, score: index === 0 ? 2.5 : 0.1, isOpen: index === 0, conditions: [] },
    since: index === 0 ? now - 300 : Number.NaN,
  }));
  const event: AnomalyEvent = {
    ...{ subject: HOST, since: now - 300, score: 2.5, confidence: 0.8 },
    contributions: [{ signal: 'host_cpu', labels: HOST, share: 1, ...figures }],
    correlated: [{ name: 'group_cpu web', correlation: 0.9, lagSeconds: 5 }],
    first: { name: `host_cpu ${EVIL}`, time: now - 310 },
    agreeing: ['ewma', 'robust_z'],
    evidence: [{ text: 'host_cpu is 95 %, usual are 20 % to 40 %', promql: 'up' }],
  };
  return { ...NO_ANOMALIES, scores, events: [event] };
}

/** A past in which every query has one series, with a gap. */
function createPast(): Querier {
  return {
    instant: async () => [],
    async range(_promql, { from, to, step }) {
      const length = Math.floor((to - from) / step) + 1;
      const value = (i: number) => (i % 50 === 3 ? Number.NaN : 0.4 + Math.sin(i / 20) / 5);
      const values = Float64Array.from({ length }, (_, i) => value(i));
      const labels = { signal: 'host_cpu', detector: 'fused', ...HOST };
      return [{ labels, start: from, step, values }];
    },
  };
}
