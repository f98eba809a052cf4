// Alerting rules and their thresholds: as they are, how often others would have fired, and saving those.
import { z } from 'zod';
import { alertRules } from '../../rules/alert-rules.ts';
import { type AlertSource, readAlertSources } from '../../rules/alert-source.ts';
import { parseThresholds, SEVERITIES, type Thresholds } from '../../rules/thresholds.ts';
import type { Store } from '../store/store.ts';
import { nameOf } from './caller.ts';
import { editThresholds, sectionOf } from './edit-thresholds.ts';
import type { PreviewThread } from './preview-thread.ts';
import { badRequest, busy, notFound, ProblemError } from './problem.ts';
import { type ApiRoute, defineRoute } from './route.ts';
import { previewAnswer, rulesAnswer, savedAnswer } from './rule-answers.ts';
import {
  fileInForce,
  notWritable,
  type RulesSettings,
  readThresholdsText,
  saveThresholds,
} from './thresholds-file.ts';

const WEEK_SECONDS = 7 * 86_400;
const MAX_RANGE_SECONDS = 31 * 86_400;
const MAX_CHANGES = 20;
const RETRY_AFTER_SECONDS = 5;

export interface RuleRouteOptions {
  readonly store: Pick<Store, 'audit'>;
  readonly settings: () => RulesSettings;
  readonly previews: () => Pick<PreviewThread, 'preview'>;
  /** Unix seconds. */
  readonly clock: () => number;
}

const params = z.strictObject({ alert: z.string().regex(/^[A-Za-z0-9_]{1,100}$/) });
const changes = z
  .record(z.string().regex(/^[a-z_]{1,64}(\.hold)?$/), z.string().min(1).max(200))
  .refine((all) => Object.keys(all).length <= MAX_CHANGES, `at most ${MAX_CHANGES} changes`)
  .describe('warning: 85%, warning.hold: 5m, or a parameter');
const previewBody = z.strictObject({
  changes: changes.default({}),
  over: z.number().min(60).max(MAX_RANGE_SECONDS).default(WEEK_SECONDS).describe('Seconds'),
});
const saveBody = z.strictObject({
  changes: changes.refine((all) => Object.keys(all).length > 0, 'nothing is changed'),
  reason: z.string().trim().min(1).max(1_000),
  by: z.string().trim().min(1).max(100).optional(),
});

export function createRuleRoutes(options: RuleRouteOptions): ApiRoute[] {
  return [createListRoute(options), createPreviewRoute(options), createSaveRoute(options)];
}

function createListRoute({ settings }: RuleRouteOptions): ApiRoute {
  return defineRoute({
    ...{ method: 'get', path: '/api/v1/rules', access: 'read', changes: false },
    summary: 'The alerting rules with their thresholds',
    query: z.strictObject({}),
    answer: rulesAnswer,
    async handle() {
      const { thresholds_file, alerts_file } = settings();
      const thresholds = parseThresholds(await readThresholdsText(settings()));
      return {
        rules: sources().map((source) => describe(source, thresholds)),
        thresholdsFile: thresholds_file ?? null,
        alertsFile: alerts_file ?? null,
        notSavable: (await notWritable(settings())) ?? null,
      };
    },
  });
}

function createPreviewRoute({ settings, previews, clock }: RuleRouteOptions): ApiRoute {
  return defineRoute({
    ...{ method: 'post', path: '/api/v1/rules/:alert/preview', access: 'viewer', changes: false },
    summary: 'How often the rule would have fired, as it is and with other thresholds',
    params,
    body: previewBody,
    answer: previewAnswer,
    async handle({ params: { alert }, body: { changes, over } }) {
      const source = sourceOf(alert);
      const edited = edit(await readThresholdsText(settings()), source, changes);
      const to = Math.floor(clock());
      const thresholdsFile = await fileInForce(settings());
      const range = { from: to - over, to };
      const answer = await previews().preview({ alert, changes, ...range, thresholdsFile });
      if ('severities' in answer)
        return { alert, ...range, ...answer, yaml: sectionOf(edited.text, source.threshold) };
      const { failure, message } = answer;
      if (failure === 'request') throw badRequest(message);
      if (failure === 'busy') throw busy(message, RETRY_AFTER_SECONDS);
      throw new ProblemError({ status: 503, title: 'Prometheus does not answer', detail: message });
    },
  });
}

function createSaveRoute({ store, settings, clock }: RuleRouteOptions): ApiRoute {
  let last: Promise<unknown> = Promise.resolve();
  /** Each reads what the one before it has written. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = last.then(work, work);
    last = turn.catch(() => {});
    return turn;
  };
  return defineRoute({
    ...{ method: 'post', path: '/api/v1/rules/:alert', access: 'admin', changes: true },
    summary: 'Saves other thresholds, makes the rule file of them and asks Prometheus to load it',
    params,
    body: saveBody,
    answer: savedAnswer,
    handle: ({ params: { alert }, body: { changes, reason, by }, caller }) =>
      inTurn(async () => {
        const source = sourceOf(alert);
        const edited = edit(await readThresholdsText(settings()), source, changes);
        const yaml = sectionOf(edited.text, source.threshold);
        const refused = await notWritable(settings());
        if (refused !== undefined) throw conflict(`${refused}: paste into thresholds.yml\n${yaml}`);
        const who = { by: nameOf(caller, by), reason };
        const tell = (event: string, more: object) =>
          store.audit.append({ time: clock(), event, subject: alert, detail: { ...who, ...more } });
        // Before it is done: what stands in no log must not be in force.
        await tell('thresholds_change', { threshold: source.threshold, changes });
        const fail = async (why: string) => {
          await tell('thresholds_change_failed', { why });
          return conflict(`${why}. Nothing was changed`);
        };
        const { reload } = await saveThresholds(settings(), source.threshold, changes).catch(
          async (error: Error) => {
            throw await fail(`The thresholds cannot be written: ${error.message}`);
          },
        );
        if (reload.state === 'refused')
          throw await fail(`Prometheus refuses the rules: ${reload.detail}`);
        return {
          rule: describe(source, edited.thresholds),
          yaml,
          reload: reload.state,
          detail: 'detail' in reload ? reload.detail : null,
        };
      }),
  });
}

function conflict(detail: string): ProblemError {
  return new ProblemError({ status: 409, title: 'Not saved', detail });
}

function sources(): AlertSource[] {
  return readAlertSources().flatMap(({ rules }) => rules);
}

function sourceOf(alert: string): AlertSource {
  const source = sources().find((one) => one.alert === alert);
  if (source === undefined) throw notFound(`No alert ${alert}: GET /api/v1/rules lists them`);
  return source;
}

function edit(text: string, { threshold }: AlertSource, changes: Record<string, string>) {
  try {
    return editThresholds(text, threshold, changes);
  } catch (error) {
    throw badRequest((error as Error).message);
  }
}

function describe(source: AlertSource, all: Thresholds) {
  const { alert, threshold, kind, why } = source;
  const own = all.thresholds[threshold];
  const rules = alertRules(source, all);
  return {
    ...{ alert, threshold, kind, why: why ?? null },
    severities: SEVERITIES.flatMap((severity) => {
      const level = own?.[severity];
      const expr = rules.find(({ labels }) => labels.severity === severity)?.expr ?? '';
      return level === undefined ? [] : [{ severity, ...level, expr }];
    }),
    parameters: own?.parameters ?? {},
    overrides: own?.overrides.length ?? 0,
  };
}
