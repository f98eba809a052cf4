// The text of alerts.yml: a rule file that Prometheus and vmalert load as it is.
import { Document, isMap, isSeq } from 'yaml';
import { type AlertRule, alertRules } from './alert-rules.ts';
import type { AlertSourceGroup } from './alert-source.ts';
import type { Thresholds } from './thresholds.ts';

const WIDTH = 120;
const COMMENT_WIDTH = 110;
const HEAD = ` Alerting rules, made of rules/source and rules/thresholds.yml by "npm run rules:build": change those.
 The analyzer posts its own alerts (GuardCpuSaturation and the other kinds of bottleneck) straight to Alertmanager; what is
 here holds without it. The label \`kind\` is what Alertmanager routes and inhibits by.`;

/** @throws {Error} when a rule and the thresholds do not agree. */
export function renderAlerts(groups: readonly AlertSourceGroup[], thresholds: Thresholds): string {
  checkEveryThresholdIsUsed(groups, thresholds);
  const made = groups.map(({ name, rules }) => ({
    name,
    interval: thresholds.intervals.evaluation,
    rules: rules.flatMap((rule) => alertRules(rule, thresholds)),
  }));
  const document = new Document({ groups: made }, { aliasDuplicateObjects: false });
  document.commentBefore = HEAD;
  addReasons(document, groups);
  return document.toString({ lineWidth: WIDTH });
}

function checkEveryThresholdIsUsed(groups: readonly AlertSourceGroup[], all: Thresholds): void {
  const used = groups.flatMap(({ rules }) => rules.map(({ threshold }) => threshold));
  const unused = Object.keys(all.thresholds).filter((name) => !used.includes(name));
  if (unused.length > 0) throw new Error(`No alert uses the thresholds ${unused.join(', ')}`);
}

/** The `why` of a source stands above the first of its rules. */
function addReasons(document: Document, groups: readonly AlertSourceGroup[]): void {
  const reasons = new Map(
    groups.flatMap(({ rules }) => rules.map((rule) => [rule.alert, rule.why])),
  );
  for (const [index] of groups.entries()) {
    const rules = document.getIn(['groups', index, 'rules']);
    if (!isSeq(rules)) continue;
    for (const rule of rules.items) {
      if (!isMap(rule)) continue;
      const alert = rule.get('alert') as AlertRule['alert'];
      const why = reasons.get(alert);
      reasons.delete(alert);
      if (why !== undefined) rule.commentBefore = wrapped(why);
    }
  }
}

function wrapped(text: string): string {
  const lines = [''];
  for (const word of text.split(' ')) {
    if (lines.at(-1)!.length + word.length > COMMENT_WIDTH) lines.push('');
    lines[lines.length - 1] += ` ${word}`;
  }
  return lines.join('\n');
}
