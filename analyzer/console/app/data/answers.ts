// What the analyzer's API answers: its own types where JSON leaves them as they are, else as JSON has them.
import type { Playbook } from '../../../remediation/playbook.ts';
import type { AnomalyCondition, AnomalyDetector, WarmUp } from '../../../series/anomaly.ts';
import type { Evidence, Finding as FindingOfEngine, Unavailable } from '../../../series/finding.ts';
import type { Labels } from '../../../series/labels.ts';
import type { ActionRecord as ActionOfStore } from '../../../store/action-record.ts';
import type { AuditEntry } from '../../../store/audit-log.ts';
import type { Paused } from '../../../store/kill-switch.ts';

export type { AuditEntry, Evidence, Labels, Paused, Playbook, Unavailable };

export interface Finding extends FindingOfEngine {
  readonly id: string;
}

export interface ActionRecord extends ActionOfStore {
  /** Why it has not begun although it is approved. */
  readonly waits?: string;
}

export interface FindingsAnswer {
  readonly findings: readonly Finding[];
}

export interface StatusAnswer {
  readonly state: 'warming_up' | 'ok' | 'degraded';
  readonly reason: string | null;
  /** Unix seconds. */
  readonly lastCycle: number | null;
  readonly cycles: number;
  readonly groups: number;
  readonly forecasts: number;
}

export interface RunwayEntry {
  readonly signal: string;
  readonly labels: Labels;
  readonly unit: string;
  readonly value: number;
  readonly limit: number;
  readonly secondsP10: number | null;
  readonly secondsP50: number | null;
  readonly secondsP90: number | null;
}

export interface RunwayAnswer {
  readonly runway: readonly RunwayEntry[];
}

export interface Crossing {
  readonly seconds: number;
  readonly at: string;
}

export interface SignalForecast {
  readonly signal: string;
  readonly unit: string;
  readonly labels: Labels;
  /** Seconds. */
  readonly horizon: number;
  readonly step: number;
  readonly value: number;
  readonly limit: number | null;
  readonly forecast: {
    readonly model: string;
    /** Unix seconds. */
    readonly timestamps: readonly number[];
    readonly p50: readonly number[];
    readonly intervals: readonly {
      readonly level: number;
      readonly lower: readonly number[];
      readonly upper: readonly number[];
    }[];
  };
  readonly timeToThreshold?: Readonly<Record<'p10' | 'p50' | 'p90', Crossing | null>> | null;
}

export interface MeasuredAccuracy {
  readonly signal: string;
  readonly horizon: number;
  readonly outcomes: number;
  readonly mase: number | null;
  readonly mape: number | null;
  readonly naiveWinsRatio: number | null;
  readonly coverage: readonly { readonly level: number; readonly ratio: number }[];
}

export interface ForecastsAnswer {
  readonly forecasts: readonly SignalForecast[];
  readonly total: number;
  readonly accuracy: readonly MeasuredAccuracy[];
  readonly unavailable: readonly Unavailable[];
}

export interface HistoryAnswer {
  readonly unit?: string;
  readonly direction?: 'up' | 'down';
  /** Unix seconds. */
  readonly start: number;
  readonly step: number;
  readonly values: readonly (number | null)[];
}

export interface BandAnswer extends HistoryAnswer {
  readonly lower: readonly (number | null)[];
  readonly middle: readonly (number | null)[];
  readonly upper: readonly (number | null)[];
  readonly score: readonly (number | null)[];
}

export interface Contribution {
  readonly signal: string;
  readonly labels: Labels;
  readonly share: number | null;
  readonly actual: number | null;
  readonly expected: number | null;
  readonly lower: number | null;
  readonly upper: number | null;
}

export interface AnomalyEvent {
  readonly subject: Labels;
  readonly since: number;
  readonly score: number;
  readonly confidence: number;
  readonly contributions: readonly Contribution[];
  readonly correlated: readonly {
    readonly name: string;
    readonly correlation: number;
    readonly lagSeconds: number;
  }[];
  readonly first: { readonly name: string; readonly time: number } | null;
  readonly agreeing: readonly string[];
  readonly evidence: readonly Evidence[];
}

export interface AnomalyScore {
  readonly signal: string;
  readonly detector: AnomalyDetector;
  readonly labels: Labels;
  readonly score: number | null;
  readonly actual: number | null;
  readonly expected: number | null;
  readonly lower: number | null;
  readonly upper: number | null;
  readonly isOpen: boolean;
  readonly since: number | null;
  readonly conditions: readonly string[];
}

export interface AnomaliesAnswer {
  readonly anomalies: readonly AnomalyEvent[];
  readonly scores: readonly AnomalyScore[];
  readonly conditions: readonly AnomalyCondition[];
  /** Null where nothing is watched. */
  readonly warmUp?: WarmUp | null;
  readonly unavailable: readonly Unavailable[];
}

export interface EpisodesAnswer {
  readonly from: number;
  readonly to: number;
  readonly lanes: readonly {
    readonly labels: Labels;
    readonly episodes: readonly (readonly [number, number])[];
  }[];
}

export interface ActionsAnswer {
  readonly actions: readonly ActionRecord[];
}

export interface PlaybooksAnswer {
  readonly playbooks: readonly Playbook[];
}

export interface KillSwitchAnswer {
  readonly paused: Paused | null;
}

export interface AuditAnswer {
  readonly entries: readonly AuditEntry[];
}

export interface LinksAnswer {
  readonly runbooks: string;
  readonly prometheus: string | null;
  readonly grafana: string | null;
}

export interface UnavailableAnswer {
  readonly unavailable: readonly Unavailable[];
}

export interface VerificationAnswer {
  readonly entries: number;
  readonly head: string;
  readonly problem: string | null;
  /** Unix seconds. */
  readonly checked: number;
}

export interface Rule {
  readonly alert: string;
  /** Its name in thresholds.yml. */
  readonly threshold: string;
  readonly kind: string;
  readonly why: string | null;
  readonly severities: readonly {
    readonly severity: 'info' | 'warning' | 'critical';
    readonly limit: string;
    readonly hold: string;
    readonly expr: string;
  }[];
  readonly parameters: Readonly<Record<string, string>>;
  readonly overrides: number;
}

export interface RulesAnswer {
  readonly rules: readonly Rule[];
  readonly thresholdsFile: string | null;
  readonly alertsFile: string | null;
  /** Null where a change can be saved. */
  readonly notSavable: string | null;
}

export interface RulePreview {
  readonly count: number;
  readonly subjects: number;
  readonly firingSeconds: number;
  readonly firings: readonly {
    readonly labels: Labels;
    /** Unix seconds. */
    readonly from: number;
    readonly to: number;
    readonly isOpen: boolean;
  }[];
}

export interface PreviewAnswer {
  readonly severities: readonly {
    readonly severity: string;
    readonly now: RulePreview;
    readonly changed: RulePreview;
  }[];
  /** The changed part of thresholds.yml. */
  readonly yaml: string;
}

export interface SavedRule {
  readonly reload: 'reloaded' | 'not_enabled' | 'not_asked' | 'no_answer';
}

export interface TicketSystemsAnswer {
  readonly systems: readonly string[];
}

export interface Ticket {
  /** As people call it. */
  readonly id: string;
  readonly url: string;
  readonly isNew: boolean;
}
