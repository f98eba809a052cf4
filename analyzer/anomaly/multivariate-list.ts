// All members of the multivariate ensemble; to add one, add its file and a line here.
import { autoencoder } from './autoencoder.ts';
import { isolationForest } from './isolation-forest.ts';
import { mahalanobis } from './mahalanobis.ts';
import { deviation, smoothDeviation } from './multivariate-deviation.ts';
import type { Member } from './multivariate-member.ts';
import { neighbours } from './multivariate-neighbours.ts';
import { pca } from './pca.ts';

export const multivariateMembers: readonly Member[] = [
  deviation,
  smoothDeviation,
  mahalanobis,
  neighbours,
  pca,
  isolationForest,
  autoencoder,
];
