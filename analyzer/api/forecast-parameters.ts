// The parameters of GET /api/v1/forecast: every problem is told at once, nothing unknown is passed over.
import { parseDuration } from '../../service/duration.ts';
import type { AnswerRequest } from '../pipeline/replay-answer.ts';
import { resolveGrid } from '../pipeline/replay-grid.ts';

export const MAX_SERIES = 50;
const DEFAULT_SERIES = 10;
const MAX_LEVELS = 8;
export const MAX_BACKTESTS = 8;
const DEFAULT_BACKTESTS = 3;
const DEFAULT_HORIZON_SECONDS = 86_400;
const DEFAULT_LEVELS = [0.8, 0.95];
const KNOWN = [
  ...['query', 'horizon', 'step', 'history', 'levels', 'limit', 'direction', 'maximum'],
  ...['series', 'backtests'],
];

export interface ParameterError {
  readonly parameter: string;
  readonly detail: string;
}

/** The request, or every parameter that is wrong. */
export function parseForecastParameters(
  search: URLSearchParams,
): AnswerRequest | readonly ParameterError[] {
  const reader = createReader(search);
  const query = reader.text('query');
  if (query === '') reader.wrong('query', 'a PromQL expression is needed, such as query=up');
  const horizon = reader.span('horizon') ?? DEFAULT_HORIZON_SECONDS;
  const asked = { horizon, step: reader.span('step'), history: reader.span('history') };
  const direction = reader.direction();
  const request = {
    query,
    levels: reader.levels(),
    limit: reader.number('limit'),
    direction,
    maximum: reader.number('maximum'),
    maxSeries: reader.count('series', { fallback: DEFAULT_SERIES, min: 1, max: MAX_SERIES }),
  };
  const bounds = { fallback: DEFAULT_BACKTESTS, min: 0, max: MAX_BACKTESTS };
  const backtests = reader.count('backtests', bounds);
  const grid = resolveGrid(asked);
  if (typeof grid === 'string') reader.wrong(asked.step === undefined ? 'horizon' : 'step', grid);
  if (reader.errors.length > 0 || typeof grid === 'string') return reader.errors;
  return { request: { ...request, ...grid }, backtests };
}

function createReader(search: URLSearchParams) {
  const errors: ParameterError[] = [];
  const wrong = (parameter: string, detail: string) => void errors.push({ parameter, detail });
  for (const name of new Set(search.keys())) {
    if (!KNOWN.includes(name)) wrong(name, `unknown parameter; there are ${KNOWN.join(', ')}`);
    else if (search.getAll(name).length > 1) wrong(name, 'given more than once');
  }
  const number = (name: string): number | undefined => {
    const text = search.get(name);
    if (text === null) return undefined;
    const value = Number(text);
    if (text.trim() !== '' && Number.isFinite(value)) return value;
    wrong(name, `"${text}" is not a number`);
    return undefined;
  };
  return {
    errors,
    wrong,
    number,
    text: (name: string) => (search.get(name) ?? '').trim(),
    span(name: string): number | undefined {
      const text = search.get(name);
      if (text === null) return undefined;
      const seconds = parseDuration(text);
      if (seconds !== undefined && seconds >= 1) return seconds;
      wrong(name, `"${text}" is not a duration of at least 1s, such as 5m or 24h`);
      return undefined;
    },
    count(name: string, { fallback, min, max }: { fallback: number; min: number; max: number }) {
      const value = number(name) ?? fallback;
      if (Number.isInteger(value) && value >= min && value <= max) return value;
      wrong(name, `${value} is not a whole number from ${min} to ${max}`);
      return fallback;
    },
    levels(): number[] {
      const text = search.get('levels');
      const levels = text === null ? DEFAULT_LEVELS : text.split(',').map(Number);
      const good = levels.length <= MAX_LEVELS && levels.every((level) => level > 0 && level < 1);
      if (!good) wrong('levels', `"${text}" is not 1 to ${MAX_LEVELS} numbers between 0 and 1`);
      return [...new Set(levels)].sort((a, b) => a - b);
    },
    direction(): 'above' | 'below' {
      const text = search.get('direction') ?? 'up';
      if (text !== 'up' && text !== 'down') wrong('direction', `"${text}" is neither up nor down`);
      return text === 'down' ? 'below' : 'above';
    },
  };
}
