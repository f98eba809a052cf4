// The model in use, if there is one that can be used; a bad one costs the learned verdict and is said.
import { type Classifier, createClassifier } from '../learning/classifier.ts';
import type { Unavailable } from '../series/finding.ts';
import { currentVersion, readModel } from './model-files.ts';

export interface LoadedClassifier {
  readonly classifier?: Classifier | undefined;
  readonly problem?: Unavailable | undefined;
}

/** @param folder of the models; undefined when none is configured. */
export function loadClassifier(folder: string | undefined): LoadedClassifier {
  if (folder === undefined) return {};
  try {
    const version = currentVersion(folder);
    if (version === undefined) return { problem: lack('no_model', noModel(folder)) };
    return { classifier: createClassifier(readModel(folder, version)) };
  } catch (error) {
    return { problem: lack('unusable', (error as Error).message) };
  }
}

function noModel(folder: string): string {
  return `${folder} has no model in use: guard retrain --models ${folder} --labels FILE makes one`;
}

function lack(reason: string, detail: string): Unavailable {
  return { what: 'learning', signal: '', reason, detail };
}
