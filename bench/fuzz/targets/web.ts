// What comes over the network: remote read, Alertmanager's webhook, headers, parameters, answers of Prometheus and of exporters.
import type { Request } from 'express';
import { compress } from 'snappyjs';
import { z } from 'zod';
import { readCookie, SESSION_COOKIE } from '../../../analyzer/api/cookie.ts';
import { parseForecastParameters } from '../../../analyzer/api/forecast-parameters.ts';
import { decodeCursor, encodeCursor } from '../../../analyzer/api/page.ts';
import { answerRead } from '../../../analyzer/api/routes.ts';
import { parseSamples } from '../../../analyzer/cli/exporter-reading.ts';
import { parseLabels } from '../../../analyzer/learning/labelled-row.ts';
import { parseRetryAfter } from '../../../analyzer/notify/http-request.ts';
import { EMPTY_SNAPSHOT, type SignalForecast } from '../../../analyzer/pipeline/state.ts';
import { AnswerError, checkBody, warningsOf } from '../../../analyzer/prometheus/answer.ts';
import { remediationSchema } from '../../../analyzer/remediation/config.ts';
import { fromWebhook, webhookSchema } from '../../../analyzer/remediation/intake.ts';
import { playbookSchema } from '../../../analyzer/remediation/playbook.ts';
import { propose } from '../../../analyzer/remediation/proposal.ts';
import { parseQuery } from '../../../exporter/flamegraph-query.ts';
import { parseBasic } from '../../../service/basic-auth.ts';
import { subjectAltNames } from '../../../service/web-tls.ts';
import type { FuzzTarget } from '../target.ts';

const FORECAST: SignalForecast = {
  ...{ signal: 'host_memory', unit: 'bytes', labels: { instance: 'a' }, horizon: 600, step: 10 },
  ...{ end: 0, value: 5, limit: 10 },
  forecast: { model: 'naive', median: Float64Array.of(5, 6), intervals: [] },
  timeToThreshold: { p10: 10, p50: 20, p90: Number.POSITIVE_INFINITY },
};
const SNAPSHOT = { ...EMPTY_SNAPSHOT, forecasts: [FORECAST] };

/** One query over all time: `__name__="guard_forecast_curve"`, and one expression more. */
const READ = Buffer.from(
  '0a2810001880808080802a1a1f0801120a' +
    '5f5f6e616d655f5f' +
    '1a0f67756172645f666f7265636173745f63',
  'hex',
);
const latin1 = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1');
const bytes = (text: string) => Buffer.from(text, 'latin1');

const WEBHOOK = JSON.stringify({
  version: '4',
  truncatedAlerts: 0,
  alerts: [
    {
      status: 'firing',
      labels: { alertname: 'GuardMemoryLeak', kind: 'memory_leak', instance: 'web-1:10910' },
      startsAt: '2026-11-20T10:00:00Z',
      generatorURL: 'http://127.0.0.1:9090/graph?g0.expr=up+%3E+1',
      fingerprint: 'abc',
    },
  ],
});
const CONFIG = remediationSchema.parse({ allow: { hosts: ['*'] } });
const PLAYBOOK = playbookSchema.parse({
  ...{ name: 'tried', title: 'Tried', match: { kinds: ['*'] }, steps: ['Try it'] },
  ...{ mode: 'approve', verify: { promql: 'up{instance="{{instance}}"}' } },
  action: { executor: 'command', parameters: { argv: ['/bin/true', '{{kind}}', '{{host}}'] } },
});

export const webTargets: readonly FuzzTarget[] = [
  {
    name: 'remote-read',
    seeds: [
      latin1(compress(READ)),
      latin1(compress(bytes('\x0a\x07\x10\x80\x80\x80\x80\x80\x20'))),
    ],
    run: (text) => answerRead(bytes(text), SNAPSHOT),
    judge: (answer) =>
      typeof answer === 'string' || answer instanceof Uint8Array ? undefined : 'no answer',
  },
  {
    name: 'remote-read-protobuf',
    seeds: [latin1(READ), '\x0a\x07\x10\x80\x80\x80\x80\x80\x20'],
    run: (text) => answerRead(compress(bytes(text)), SNAPSHOT),
  },
  {
    name: 'webhook',
    seeds: [WEBHOOK],
    run: (text) => proposeAll(JSON.parse(text)),
    refusals: [SyntaxError.name],
    judge: judgeWords,
  },
  {
    name: 'prometheus-answer',
    seeds: [
      '{"status":"success","data":{"resultType":"vector","result":[{"metric":{"a":"b"},"value":[1,"+Inf"]}]},"warnings":["x"]}',
      '{"status":"error","errorType":"execution","error":"query timed out"}',
    ],
    run: (text) => {
      const body: unknown = JSON.parse(text);
      return [warningsOf(body), checkBody(body)];
    },
    // A list of warnings that is none is refused by the schema's default.
    refusals: [SyntaxError.name, AnswerError.name],
  },
  {
    name: 'exporter-answer',
    seeds: ['# HELP a b\na{b="c",d="e\\"\\n"} 1.5 1700000000\nguard_cpu_seconds_total 3\n'],
    run: (text) => parseSamples(text, () => true),
  },
  {
    name: 'labelled-rows',
    seeds: ['{"case":"a","kind":"io_bound","rule":"none","features":{"x":1}}\n'],
    run: parseLabels,
  },
  {
    name: 'headers',
    seeds: ['Basic YTpi', 'a=b; guard_session=abc', '120', 'Fri, 20 Nov 2026 10:00:00 GMT'],
    run: (text) => [
      parseBasic(text),
      readCookie({ headers: { cookie: text } } as Request, SESSION_COOKIE, false),
      parseRetryAfter(text, 0) ?? null,
    ],
    maxChars: 16_384,
  },
  {
    name: 'certificate-names',
    seeds: ['DNS:a.example, IP Address:0:0:0:0:0:0:0:1, URI:"http://x/, DNS:y", email:a@b'],
    run: subjectAltNames,
  },
  {
    name: 'parameters',
    seeds: ['query=up&horizon=1h&levels=0.5,0.9&backtests=2', 'group=shop&seconds=5&format=html'],
    run: (text) => {
      const search = new URLSearchParams(text);
      return [parseForecastParameters(search), parseQuery(Object.fromEntries(search))];
    },
  },
  {
    name: 'cursor',
    seeds: [encodeCursor({ place: 3, key: 'x' }), encodeCursor({ seq: 1 })],
    run: (text) => decodeCursor(z.strictObject({ place: z.int().min(0), key: z.string() }), text),
    refusals: ['ProblemError'],
  },
];

function proposeAll(body: unknown) {
  const parsed = webhookSchema.safeParse(body);
  if (!parsed.success) return [];
  const context = {
    ...{ playbooks: [{ playbook: PLAYBOOK, digest: '' }], config: CONFIG, outcomes: [], now: 0 },
  };
  return fromWebhook(parsed.data).map((alert) => propose({ ...alert, id: 1 }, context));
}

/** What is proposed has words without any meaning to a shell or to a program's options. */
function judgeWords(answer: unknown): string | undefined {
  const words = (answer as ReturnType<typeof proposeAll>).flatMap((action) => {
    const parameters = action?.command?.parameters as { argv?: string[] } | undefined;
    return parameters?.argv?.slice(1) ?? [];
  });
  const odd = words.find((word) => !/^[A-Za-z0-9_][A-Za-z0-9_.:@-]*$/.test(word));
  return odd === undefined ? undefined : `a word that is not plain: ${JSON.stringify(odd)}`;
}
