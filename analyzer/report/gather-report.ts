// Gathers a report from Prometheus: every part by itself, so that one that cannot be had leaves the others as they are.
import type { PresetSources } from '../features/merge-presets.ts';
import type { Querier } from '../prometheus/querier.ts';
import { type Ask, createAsk, MissingError, sectionOf } from './ask.ts';
import { toBusyHours } from './busy-hours.ts';
import { matchIncidents } from './match-incidents.ts';
import { listMeasures, type Measure } from './measures.ts';
import { readAccuracy, readCapacity, readSaid } from './read-forecasts.ts';
import { readMeasure } from './read-measures.ts';
import { readActions, readAnomalies, readProblems } from './read-problems.ts';
import {
  CHAPTERS,
  dataOr,
  type Incident,
  type MeasureReport,
  type Problem,
  type Report,
  type ReportRange,
} from './report-data.ts';
import { summarize } from './summarize.ts';
import { createZone } from './zone.ts';

/** Looks at each series: of a week one every ten minutes. */
const LOOKS = 1_008;
const MIN_STEP_SECONDS = 60;
const MAX_SECONDS = 300;
const BUSY_BY = 'host_cpu_used_ratio';

export interface ReportRequest {
  /** Unix seconds. */
  readonly from: number;
  readonly to: number;
  readonly timeZone: string;
  /** Who is asked, without credentials. */
  readonly source: string;
}

export interface ReportDeps {
  readonly querier: Querier;
  readonly presets: PresetSources;
  /** Unix seconds. */
  readonly clock: () => number;
  /** Undefined where no system of incidents is configured. @throws {Error} whose message says why there are none. */
  readonly incidents?: ((range: ReportRange) => Promise<readonly Incident[]>) | undefined;
  /** The correlation id of a ticket about this problem. */
  readonly idOf: (problem: Problem) => string;
}

export async function gatherReport(request: ReportRequest, deps: ReportDeps): Promise<Report> {
  const { querier, presets, clock } = deps;
  const made = clock();
  const ask = createAsk({ querier, clock, deadline: made + MAX_SECONDS });
  const range = rangeOf(request);
  const zone = createZone(request.timeZone);
  const [measures, problems, anomalies, actions, capacity, accuracy, said] = await Promise.all([
    Promise.all(listMeasures(presets).map((measure) => gatherMeasure(ask, measure, range))),
    sectionOf(() => readProblems(ask, range)),
    sectionOf(() => readAnomalies(ask, range)),
    sectionOf(() => readActions(ask, range)),
    sectionOf(() => readCapacity(ask, range)),
    sectionOf(() => readAccuracy(ask, range)),
    sectionOf(() => readSaid(ask, range, presets.signals)),
  ]);
  const incidents = await sectionOf(() => gatherIncidents(range, dataOr(problems, []), deps));
  const busy = measures.find(({ id }) => id === BUSY_BY)!;
  return {
    ...{ ...range, made, timeZone: request.timeZone, source: request.source },
    summary: summarize({ ...range, measures, problems, capacity }),
    ...{ measures, problems, anomalies, actions, capacity, accuracy, said, incidents },
    busiest: await sectionOf(async () => toBusyHours(busy, zone)),
  };
}

/** Whole steps, so that the same range of the past is always the same report. */
function rangeOf({ from, to }: ReportRequest): ReportRange {
  const step = Math.max(MIN_STEP_SECONDS, Math.ceil((to - from) / LOOKS / 60) * 60);
  const looks = Math.max(1, Math.floor((to - from) / step));
  return { from: to - looks * step, to, step };
}

async function gatherMeasure(
  ask: Ask,
  measure: Measure,
  range: ReportRange,
): Promise<MeasureReport> {
  const { id, chapter, title, unit } = measure;
  const section = await sectionOf(() => readMeasure(ask, measure, range));
  return { id, chapter: CHAPTERS.find((each) => each === chapter)!, title, unit, section };
}

async function gatherIncidents(
  range: ReportRange,
  problems: readonly Problem[],
  { incidents, idOf }: ReportDeps,
) {
  if (incidents === undefined)
    throw new MissingError('no system of incidents is configured (notify.tickets of analyzer.yml)');
  let found: readonly Incident[];
  try {
    found = await incidents(range);
  } catch (error) {
    throw new MissingError((error as Error).message);
  }
  return matchIncidents(found, problems, idOf);
}
