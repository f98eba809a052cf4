// Every detector of single series there is, in one place, with its say in the common score.
import { changePoint } from './change-point.ts';
import type { Detector } from './detector.ts';
import { ewma } from './ewma.ts';
import { forecastBand } from './forecast-band.ts';
import { robustZ } from './robust-z.ts';
import { seasonalBand } from './seasonal-band.ts';
import { seasonalEsd } from './seasonal-esd.ts';

export interface Listed {
  readonly detector: Detector;
  /** Share in the common score: what knows the hour or the forecast has as much say as all the others. */
  readonly weight: number;
}

export const DETECTORS: readonly Listed[] = [
  { detector: forecastBand, weight: 4 },
  { detector: seasonalBand, weight: 4 },
  { detector: seasonalEsd, weight: 1 },
  { detector: robustZ, weight: 1 },
  { detector: ewma, weight: 1 },
  { detector: changePoint, weight: 1 },
];
