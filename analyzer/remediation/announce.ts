// Tells Alertmanager what is being worked on: GuardRemediationRunning and a silence while it lasts, GuardRemediationFailed
// when it did not help. Built from what is open now, so that a restart goes on where the last process ended.
import type { Logger } from '../../service/log.ts';
import type { AlertmanagerClient, PostableAlert } from '../alerts/alertmanager.ts';
import type { Labels } from '../series/labels.ts';
import type { ActionRecord, ActionState } from '../store/action-record.ts';
import type { Silence, SilenceClient } from './silence.ts';

export const RUNNING_ALERT = 'GuardRemediationRunning';
export const FAILED_ALERT = 'GuardRemediationFailed';

/** Work is under way, or is about to begin without a person. */
const WORKING: readonly ActionState[] = ['running', 'settling', 'rollback_due', 'rolling_back'];
/** An automatic action that does not begin by then keeps no page back. */
const MAX_HEAD_START_SECONDS = 120;
const RESEND_SECONDS = 30;
/** Ends by itself soon after a death of ours. */
const LIVE_SECONDS = 4 * RESEND_SECONDS;
const FAILED_SECONDS = 3_600;
const MAX_CLOCK_SKEW_SECONDS = 300;
const MAX_TEXT_CHARS = 4_096;
/** What makes two alerts the same to Alertmanager's inhibition; see alertmanager.yml. */
const SUBJECT = ['instance', 'group', 'device', 'mountpoint', 'target', 'probe', 'signal'];

export interface AnnounceOptions {
  readonly alertmanager: AlertmanagerClient;
  /** Undefined: no silences. */
  readonly silences: SilenceClient | undefined;
  readonly log: Logger;
}

export interface Announcer {
  /** @param open actions that are not over. Never throws. */
  tell(open: readonly ActionRecord[], now: number): Promise<void>;
  /** What was tried and did not help. Never throws. */
  failed(action: ActionRecord, now: number): Promise<void>;
}

interface Told {
  readonly action: ActionRecord;
  silences: readonly Silence[];
  silencedUntil: number;
  sent: number;
}

export function createAnnouncer({ alertmanager, silences, log }: AnnounceOptions): Announcer {
  const told = new Map<string, Told>();
  const post = async (alerts: readonly PostableAlert[]): Promise<boolean> => {
    if (alerts.length === 0 || alertmanager.urls.length === 0) return true;
    const results = await alertmanager.send(alerts);
    for (const { error } of results) if (error !== undefined) log.warn({ error }, 'not announced');
    return results.every(({ error }) => error === undefined);
  };

  async function silence(one: Told, now: number): Promise<void> {
    const labels = silenceLabels(one.action);
    if (silences === undefined || alertmanager.urls.length === 0 || labels === undefined) return;
    if (!WORKING.includes(one.action.state)) return;
    if (now + RESEND_SECONDS < one.silencedUntil) return;
    const to = now + LIVE_SECONDS;
    // In the past: where our clock is ahead it would begin later than the work.
    const from = Math.min(now, one.action.created) - MAX_CLOCK_SKEW_SECONDS;
    const comment = `${one.action.playbook} works on it: guard actions show ${one.action.id}`;
    one.silences = await silences.create({ labels, from, to, comment }, one.silences);
    one.silencedUntil = to;
  }

  async function endAll(ended: readonly Silence[]): Promise<void> {
    for (const each of ended) {
      await silences?.end(each).catch((error: Error) => {
        log.warn({ err: error }, 'a silence is left to its expiry');
      });
    }
  }

  return {
    async tell(open, now) {
      const working = open.filter((action) => isWorking(action, now));
      const ids = new Set(working.map(({ id }) => id));
      const over = [...told].filter(([id]) => !ids.has(id));
      const due: Told[] = [];
      for (const action of working) {
        const before = told.get(action.id);
        const one = { silences: [], silencedUntil: 0, sent: 0, ...before, action };
        told.set(action.id, one);
        if (now - one.sent >= RESEND_SECONDS) due.push(one);
      }
      const alerts = due.map(({ action }) => runningAlert(action, now + LIVE_SECONDS));
      if (await post(alerts)) for (const one of due) one.sent = now;
      await post(over.map(([, { action }]) => runningAlert(action, now)));
      for (const [id, { silences: ended }] of over) {
        told.delete(id);
        await endAll(ended);
      }
      for (const one of told.values())
        await silence(one, now).catch((error: Error) => {
          log.warn({ err: error }, 'not silenced');
          // An Alertmanager that has forgotten them refuses to prolong them: next time a new one.
          one.silences = [];
        });
    },
    async failed(action, now) {
      const { verdict } = action;
      // Not proved is not failed: where nothing could be read, nobody is woken.
      if (verdict === 'unknown' || verdict === 'improved') return;
      await post([failedAlert(action, now)]).catch((error: Error) => {
        log.warn({ err: error }, 'not announced');
      });
    },
  };
}

function isWorking({ state, mode, created }: ActionRecord, now: number): boolean {
  if (WORKING.includes(state)) return true;
  const begins = state === 'proposed' || state === 'approved';
  return begins && mode === 'auto' && now - created < MAX_HEAD_START_SECONDS;
}

function runningAlert(action: ActionRecord, endsAt: number): PostableAlert {
  const { playbook, host, id, created } = action;
  return {
    labels: { alertname: RUNNING_ALERT, severity: 'none', ...subjectOf(action) },
    annotations: {
      summary: `${playbook} works on ${host}`,
      description: `guard actions show ${id}`,
    },
    startsAt: toRfc3339(created),
    endsAt: toRfc3339(endsAt),
  };
}

function failedAlert(action: ActionRecord, now: number): PostableAlert {
  const { playbook, host, id, reason, state, verdict } = action;
  return {
    labels: { alertname: FAILED_ALERT, severity: 'critical', ...subjectOf(action) },
    annotations: {
      summary: `${playbook} on ${host} did not help: ${verdict ?? state}`,
      description: `Tried: ${playbook}. ${reason}. guard actions show ${id}`.slice(
        0,
        MAX_TEXT_CHARS,
      ),
    },
    startsAt: toRfc3339(now),
    endsAt: toRfc3339(now + FAILED_SECONDS),
  };
}

/** The finding's own labels, so that inhibition finds the pair. */
function subjectOf({ kind, labels }: ActionRecord): Labels {
  const own = SUBJECT.flatMap((name) => {
    const value = labels[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { kind: labels.kind ?? kind, ...Object.fromEntries(own) };
}

/** That alert of that host alone; an alert without instance is never silenced. */
function silenceLabels({ labels }: ActionRecord): Labels | undefined {
  const { alertname, kind, instance } = labels;
  if (instance === undefined || (alertname === undefined && kind === undefined)) return undefined;
  const named: Record<string, string> = alertname === undefined ? {} : { alertname };
  if (kind !== undefined) named.kind = kind;
  for (const name of SUBJECT) if (labels[name] !== undefined) named[name] = labels[name];
  return named;
}

function toRfc3339(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}
