// An alert with other thresholds beside the alert as it is: how often would each have fired?
import { type AlertRule, alertRules } from '../../rules/alert-rules.ts';
import { readAlertSources } from '../../rules/alert-source.ts';
import { withChanges } from '../../rules/changed-thresholds.ts';
import { readThresholds, type Thresholds } from '../../rules/thresholds.ts';
import { parseDuration } from '../../service/duration.ts';
import type { Querier } from '../prometheus/querier.ts';
import { type PreviewedRule, previewRule, type RulePreview } from './preview-threshold.ts';

export interface AlertPreviewRequest {
  /** Such as `GuardHostCpuHigh`. */
  readonly alert: string;
  /** `warning: 85%`, `warning.hold: 5m`, or a parameter of the threshold; none shows the alert as it is. */
  readonly changes: Readonly<Record<string, string>>;
  /** Unix seconds. */
  readonly from: number;
  readonly to: number;
  /** Another thresholds.yml than ours. */
  readonly thresholdsFile?: string | undefined;
}

export interface SeverityPreview {
  readonly severity: string;
  readonly now: RulePreview;
  /** The same object where the change does not concern this severity. */
  readonly changed: RulePreview;
}

/** A request that no rule file answers: an unknown alert, name or value. */
export class PreviewRequestError extends Error {}

/**
 * Every severity of the alert, as it is and as it would be.
 * @throws {PreviewRequestError} when there is no such alert or threshold, or the range is too long
 * @throws {QueryError} when the server does not answer
 */
export async function previewAlert(
  querier: Querier,
  request: AlertPreviewRequest,
): Promise<SeverityPreview[]> {
  const { now, changed, evaluationSeconds } = rulesOf(request);
  const range = { from: request.from, to: request.to, evaluationSeconds };
  const previews: SeverityPreview[] = [];
  for (const [index, rule] of now.entries()) {
    const other = changed[index]!;
    const before = await ask(querier, rule, range);
    const isSame = other.expr === rule.expr && other.holdSeconds === rule.holdSeconds;
    const after = isSame ? before : await ask(querier, other, range);
    previews.push({ severity: rule.severity, now: before, changed: after });
  }
  return previews;
}

/** The alerts that can be previewed. */
export function previewableAlerts(): string[] {
  return readAlertSources().flatMap(({ rules }) => rules.map(({ alert }) => alert));
}

async function ask(...args: Parameters<typeof previewRule>): Promise<RulePreview> {
  try {
    return await previewRule(...args);
  } catch (error) {
    if (error instanceof RangeError) throw new PreviewRequestError(error.message, { cause: error });
    throw error;
  }
}

function rulesOf({ alert, changes, thresholdsFile }: AlertPreviewRequest) {
  const source = readAlertSources()
    .flatMap(({ rules }) => rules)
    .find((one) => one.alert === alert);
  if (source === undefined)
    throw new PreviewRequestError(
      `There is no alert ${alert}; there are ${previewableAlerts().join(', ')}`,
    );
  try {
    const thresholds = readThresholds(thresholdsFile);
    const other = withChanges(thresholds, source.threshold, changes);
    return {
      now: alertRules(source, thresholds).map(toPreviewed),
      changed: alertRules(source, other).map(toPreviewed),
      evaluationSeconds: evaluationOf(thresholds),
    };
  } catch (cause) {
    throw new PreviewRequestError(`${alert}: ${(cause as Error).message}`, { cause });
  }
}

function toPreviewed({ alert, expr, for: hold, labels }: AlertRule): PreviewedRule {
  return { alert, severity: labels.severity ?? '', expr, holdSeconds: parseDuration(hold) ?? 0 };
}

function evaluationOf({ intervals }: Thresholds): number {
  return parseDuration(intervals.evaluation)!;
}
