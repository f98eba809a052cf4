// How urgent each state of an action looks.
import type { ActionRecord } from '../data/answers.ts';
import type { Tone } from '../parts/words.tsx';

export const ACTION_TONES: Readonly<Record<ActionRecord['state'], Tone>> = {
  proposed: 'info',
  suggested: 'info',
  waiting: 'warning',
  approved: 'info',
  running: 'info',
  settling: 'info',
  rollback_due: 'critical',
  rolling_back: 'critical',
  proved: 'good',
  rolled_back: 'warning',
  denied: 'quiet',
  expired: 'quiet',
  cancelled: 'quiet',
  refused: 'warning',
  failed: 'critical',
  interrupted: 'critical',
  escalated: 'critical',
};

export const VERDICT_TONES: Readonly<Record<NonNullable<ActionRecord['verdict']>, Tone>> = {
  improved: 'good',
  no_effect: 'quiet',
  worse: 'critical',
  unknown: 'quiet',
};

const OPEN: readonly ActionRecord['state'][] = [
  'proposed',
  'suggested',
  'waiting',
  'approved',
  'running',
  'settling',
  'rollback_due',
  'rolling_back',
];

export function isOpenState(state: ActionRecord['state']): boolean {
  return OPEN.includes(state);
}
