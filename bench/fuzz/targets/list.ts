// Every reader that is fuzzed.
import type { FuzzTarget } from '../target.ts';
import { kernelTargets } from './kernel.ts';
import { outputTargets } from './outputs.ts';
import { settingTargets } from './settings.ts';
import { toolTargets } from './tools.ts';
import { webTargets } from './web.ts';

export const TARGETS: readonly FuzzTarget[] = [
  ...kernelTargets,
  ...toolTargets,
  ...webTargets,
  ...settingTargets,
  ...outputTargets,
];
