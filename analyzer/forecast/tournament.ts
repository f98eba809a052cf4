// Models compete on the past; the best of them speaks, and what the best few say together is kept beside it.
import type { NoForecast } from '../series/forecast.ts';
import { type Candidate, rankModels, type Tournament } from './choose.ts';
import type { ChosenForecast } from './chosen-forecast.ts';
import { failed } from './forecaster.ts';
import { calibratedErrors, intervalsAround } from './intervals.ts';
import type { Path } from './model.ts';
import { frameOf, type Prepared } from './prepare.ts';

/** Who counts in what they say together: a fit each. */
const MAX_MEMBERS = 3;
/** A model's weight is one over its mean absolute error to this power, as in the ensemble. */
const WEIGHT_POWER = 3;

/** The answer of the best candidate that has a plausible path. */
export function playTournament(
  prepared: Prepared,
  tournament: Tournament,
  levels: readonly number[],
): ChosenForecast | NoForecast {
  const frame = frameOf(prepared);
  const ranked = rankModels(prepared.values, { ...tournament, frame });
  const speakers: Speaker[] = [];
  for (const candidate of ranked) {
    const path = candidate.model.fit(prepared.values, frame)?.predict(tournament.steps);
    if (path !== undefined) speakers.push({ candidate, path });
    if (speakers.length === MAX_MEMBERS || (path && candidate.trial === undefined)) break;
  }
  const [best] = speakers;
  if (best === undefined)
    return failed(`none of ${ranked.length} candidates gave a plausible path`);
  const { candidate, path } = best;
  const { model, trial } = candidate;
  const errors = calibratedErrors(path, trial);
  const spoken = intervalsAround({ model, path, errors, prepared, levels });
  if (trial === undefined) return spoken;
  return {
    ...spoken,
    single: { name: model.name, median: spoken.median },
    ensemble: together(speakers, prepared),
  };
}

interface Speaker {
  readonly candidate: Candidate;
  readonly path: Path;
}

function together(
  speakers: readonly Speaker[],
  { middle, halfRange }: Prepared,
): NonNullable<ChosenForecast['ensemble']> {
  const errors = speakers.map(({ candidate }) => candidate.trial?.error ?? 0);
  const least = Math.min(...errors);
  const raw = errors.map((error) => (error === least ? 1 : (least / error) ** WEIGHT_POWER));
  const total = raw.reduce((sum, weight) => sum + weight, 0);
  const members = speakers
    .map(({ candidate, path }, index) => ({
      name: candidate.model.name,
      weight: raw[index]! / total,
      path,
    }))
    .sort((a, b) => b.weight - a.weight);
  const median = speakers[0]!.path.centre.map((_, step) => {
    const scaled = members.reduce((sum, { weight, path }) => sum + weight * path.centre[step]!, 0);
    return Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, middle + halfRange * scaled));
  });
  return { members: members.map(({ name, weight }) => ({ name, weight })), median };
}
