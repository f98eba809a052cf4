// What the configuration itself explains the absence of.
import type { Config } from './config.ts';
import type { Unavailable } from './series/finding.ts';

const NO_ALERTMANAGER = {
  what: 'alertmanager',
  signal: '',
  reason: 'not_configured',
  detail:
    'No Alertmanager is configured, findings alert nobody: set alertmanager.urls or --alertmanager.url',
};

/** @param problem why there is no learned classifier although one is configured. */
export function knownAbsences(
  { alertmanager }: Pick<Config, 'alertmanager'>,
  problem: Unavailable | undefined,
): Unavailable[] {
  return [
    ...(alertmanager.urls.length === 0 ? [NO_ALERTMANAGER] : []),
    ...(problem === undefined ? [] : [problem]),
  ];
}
