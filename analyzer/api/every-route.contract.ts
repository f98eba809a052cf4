// Every route over data that has something of each kind, for tests.

import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { createTicketDesk } from '../notify/open-ticket.ts';
import { createForecastPool } from '../pipeline/forecast-pool.ts';
import { EMPTY_SNAPSHOT, type SignalForecast, type Snapshot } from '../pipeline/state.ts';
import type { Querier } from '../prometheus/querier.ts';
import { type Role, remediationSchema } from '../remediation/config.ts';
import { createIntake } from '../remediation/intake.ts';
import { createSuggestionRanking } from '../remediation/suggestion-ranking.ts';
import { type AnomalyScore, NO_ANOMALIES } from '../series/anomaly.ts';
import { createStore } from '../store/store.ts';
import { type AuthConfig, authSchema } from './auth-config.ts';
import { createOidc } from './oidc.ts';
import { createGate } from './operator-token.ts';
import { createRouteList, type RouteListOptions } from './route-list.ts';
import { createSessions, type Sessions } from './sessions.ts';

export const NOW = 1_700_000_000;
const evidence = [{ text: 'web takes 95 % of the CPU', promql: 'up' }];
const suggestion = { id: 'profile_hot_path', text: 'Profile it', reason: 'It is hot' };

export const FINDING: Snapshot['findings'][number] = {
  ...{ kind: 'cpu_saturation', subject: { instance: 'a', group: 'web' }, score: 0.9 },
  ...{ confidence: 1, severity: 'critical', state: 'firing', since: NOW - 60, changed: NOW - 50 },
  ...{ lastSeen: NOW, evidence, suggestions: [suggestion] },
  victims: [{ ...evidence[0]!, subject: { group: 'db' } }],
};
const FORECAST: SignalForecast = {
  ...{ signal: 'host_memory', unit: 'bytes', labels: { instance: 'a' }, horizon: 600, step: 10 },
  ...{ end: NOW, value: 5, limit: 10 },
  forecast: { model: 'naive', median: Float64Array.of(5, 6), intervals: [] },
  timeToThreshold: { p10: 10, p50: 20, p90: Number.POSITIVE_INFINITY },
};
const SNAPSHOT: Snapshot = {
  ...EMPTY_SNAPSHOT,
  ...{ cycles: 3, lastCycle: NOW, outcome: 'ok', groups: 1 },
  findings: [FINDING],
  forecasts: [FORECAST],
  unavailable: [{ what: 'forecast', signal: 's', reason: 'gap', detail: 'no samples' }],
};
const QUERIER: Querier = { instant: async () => [], range: async () => [] };
const SCORE: AnomalyScore = {
  ...{ signal: 's', detector: 'fused', labels: { instance: 'a' }, score: 2, actual: 3 },
  ...{ expected: 1, lower: 0, upper: 2, isOpen: true, since: NOW, conditions: [] },
};

export interface EveryRoute {
  readonly options: RouteListOptions;
  readonly routes: ReturnType<typeof createRouteList>;
  readonly gate: ReturnType<typeof createGate>;
  readonly auth: AuthConfig;
  readonly sessions: Sessions;
}

/** @param roles of tokens `token-ROLE`; without any there are none. */
export function everyRoute(
  t: TestContext,
  roles: readonly Role[] = [],
  auth: AuthConfig = authSchema.parse({}),
): EveryRoute {
  const folder = mkdtempSync(join(tmpdir(), 'guard-api-'));
  const store = createStore(join(folder, 'store'));
  const pool = createForecastPool({ maxThreads: 1 });
  t.after(async () => {
    await pool.close();
    await store.close();
    rmSync(folder, { recursive: true });
  });
  const tokens = roles.map((role) => {
    const hash_file = join(folder, role);
    writeFileSync(hash_file, createHash('sha256').update(`token-${role}`).digest('hex'));
    return { name: role, role, hash_file };
  });
  const gate = createGate(remediationSchema.parse({ tokens }));
  const clock = () => NOW;
  const sessions = createSessions(clock);
  const log = { info() {}, warn() {} };
  const oidc = createOidc({ settings: () => undefined, clock, log });
  const ranking = createSuggestionRanking(store, [], clock);
  const options: RouteListOptions = {
    version: '1.2.3',
    forecasts: { snapshot: () => SNAPSHOT, deps: () => ({ querier: QUERIER, pool }), clock },
    anomalies: {
      report: () => ({ ...NO_ANOMALIES, scores: [SCORE] }),
      label: async () => ({ matched: 1, factor: 2 }),
      clock,
    },
    events: { topics: () => ({}), clock },
    history: { signals: () => ({}), querier: () => QUERIER, clock },
    console: {
      links: () => ({ runbooks: 'https://x', prometheus: undefined, grafana: undefined }),
      unavailable: () => SNAPSHOT.unavailable,
      verify: store.audit.verify,
      clock,
    },
    rules: {
      store,
      settings: () => ({ prometheusUrl: 'http://127.0.0.1:9' }),
      previews: () => ({ preview: async () => ({ severities: [] }) }),
      clock,
    },
    tickets: {
      store,
      snapshot: () => SNAPSHOT,
      desk: () => createTicketDesk(new Map(), clock),
      clock,
    },
    suggestions: { store, snapshot: () => SNAPSHOT, ranking: () => ranking, clock },
    actions: {
      store,
      intake: createIntake(store, clock),
      playbooks: () => [],
      waits: async () => undefined,
      clock,
    },
    auth: { auth: () => auth, gate: () => gate, sessions, oidc },
  };
  return { options, routes: createRouteList(options), gate, auth, sessions };
}
