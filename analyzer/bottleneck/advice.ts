// Advice: what to do about a bottleneck, ranked, in the words of the runtime, with what capacity would cost instead.
import type { SubjectFeatures } from '../features/table.ts';
import type { Effort, Suggestion } from '../series/finding.ts';
import type { Labels } from '../series/labels.ts';

/** Told from the program's name for the wording of advice alone; no rule judges by it. */
export type Runtime = 'node' | 'jvm' | 'python' | 'postgres' | 'nginx' | 'generic';

/** A suggestion before it is known whom it is for. */
export interface Advice extends Omit<Suggestion, 'cost'> {
  readonly effect: string;
  readonly effort: Effort;
  readonly confidence: number;
  /** For this runtime only; it then comes before general advice of the same confidence. */
  readonly runtime?: Exclude<Runtime, 'generic'>;
  /** Capacity that would have to be bought for it. */
  readonly buys?: Capacity;
}

export interface Capacity {
  readonly cores?: number;
  readonly gib?: number;
}

/** What a month of capacity costs; 0 = not known, and then no cost is named. */
export interface Prices {
  readonly core_per_month: number;
  readonly gib_per_month: number;
  readonly currency: string;
}

const MAX_SUGGESTIONS = 6;
/** A hint that knows the runtime is worth more than a general one. */
const RUNTIME_BONUS = 0.15;

const PROGRAMS: readonly (readonly [RegExp, Runtime])[] = [
  [/^(node|nodejs|bun|deno)$/, 'node'],
  [/^java$/, 'jvm'],
  [/^(python[\d.]*|pypy[\d.]*|gunicorn|uwsgi|celery)$/, 'python'],
  [/^(postgres|postmaster)$/, 'postgres'],
  [/^(nginx|openresty)$/, 'nginx'],
];

/** The runtime by executable, or else by the group's own name up to the first separator. */
export function runtimeOf(info: Labels, group = ''): Runtime {
  const names = [info.exe?.split('/').at(-1)?.split(' ')[0], group.split(':')[0]];
  for (const name of names) {
    const found = PROGRAMS.find(([pattern]) => name !== undefined && pattern.test(name));
    if (found !== undefined) return found[1];
  }
  return 'generic';
}

/** Advice for many subjects, surest first: what is advised out of one list for one runtime is chosen once. */
export function createAdviser(
  prices: Prices,
): (advice: readonly Advice[], subject: SubjectFeatures) => readonly Suggestion[] {
  const known = new Map<readonly Advice[], Map<Runtime, readonly Suggestion[]>>();
  return (advice, subject) => {
    const runtime = runtimeOf(subject.detail('group_info'), subject.subject.group);
    const ofAdvice = known.get(advice) ?? new Map<Runtime, readonly Suggestion[]>();
    known.set(advice, ofAdvice);
    const chosen = ofAdvice.get(runtime) ?? chooseAdvice(advice, runtime, prices);
    ofAdvice.set(runtime, chosen);
    return chosen;
  };
}

/** The advice that applies to this runtime, surest first, with prices where capacity has to be bought. */
function chooseAdvice(advice: readonly Advice[], runtime: Runtime, prices: Prices): Suggestion[] {
  return advice
    .filter((one) => one.runtime === undefined || one.runtime === runtime)
    .sort((a, b) => weightOf(b) - weightOf(a))
    .slice(0, MAX_SUGGESTIONS)
    .map(({ runtime: _, buys, ...suggestion }) => {
      const cost = buys === undefined ? undefined : costOf(buys, prices);
      return cost === undefined ? suggestion : { ...suggestion, cost };
    });
}

function weightOf({ confidence, runtime }: Advice): number {
  return confidence + (runtime === undefined ? 0 : RUNTIME_BONUS);
}

/** "2 CPUs: 50 EUR a month"; undefined where no price is configured. */
function costOf({ cores = 0, gib = 0 }: Capacity, prices: Prices): string | undefined {
  const sum = cores * prices.core_per_month + gib * prices.gib_per_month;
  if (sum <= 0) return undefined;
  const what = [
    cores > 0 ? `${cores} CPU${cores === 1 ? '' : 's'}` : '',
    gib > 0 ? `${gib} GiB` : '',
  ];
  return `${what.filter(Boolean).join(' and ')}: about ${Math.round(sum)} ${prices.currency} a month`;
}
