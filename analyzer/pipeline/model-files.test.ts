import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { generateLabels } from '../learning/generated-labels.contract.ts';
import { train } from '../learning/train.ts';
import { loadClassifier } from './load-classifier.ts';
import {
  chooseVersion,
  currentVersion,
  listVersions,
  readModel,
  saveModel,
} from './model-files.ts';

const root = mkdtempSync(join(tmpdir(), 'guard-models-'));
after(() => rmSync(root, { recursive: true }));
const trained = {
  ...train(generateLabels({ seed: 1, cases: 2, windows: 3, missed: 0 }), { seed: 1, trees: 3 }),
  trainedAt: 1_700_000_000,
  labels: 'abc',
};

test('versions count up, one is in use, and going back is choosing an earlier one', () => {
  const folder = join(root, 'versions');
  assert.deepEqual([listVersions(folder), currentVersion(folder)], [[], undefined]);
  assert.equal(saveModel(folder, trained), 1);
  chooseVersion(folder, 1);
  assert.equal(saveModel(folder, trained), 2);
  assert.equal(currentVersion(folder), 1, 'saving alone changes nothing');
  chooseVersion(folder, 2);
  assert.deepEqual([listVersions(folder), currentVersion(folder)], [[1, 2], 2]);
  assert.deepEqual(readModel(folder, 2), { version: 2, ...trained });
  assert.equal(loadClassifier(folder).classifier?.about.version, 2);
  chooseVersion(folder, 1);
  assert.equal(loadClassifier(folder).classifier?.about.version, 1);
});

test('a file that was changed, cut, or is none is not used, and the reason names it', () => {
  const folder = join(root, 'broken');
  saveModel(folder, trained);
  const file = join(folder, 'model-0001.json');
  const good = readFileSync(file, 'utf8');
  writeFileSync(join(folder, 'current'), '1\n');
  const problemWith = (text: string) => {
    writeFileSync(file, text);
    const { classifier, problem } = loadClassifier(folder);
    assert.equal(classifier, undefined);
    assert.equal(problem?.reason, 'unusable');
    assert.match(problem!.detail, /model-0001\.json.*roll-back/);
    return problem!.detail;
  };
  assert.match(
    problemWith(good.replace('"trainedAt":17', '"trainedAt":18')),
    /checksum does not fit/,
  );
  assert.match(problemWith(good.slice(0, 200)), /JSON/);
  assert.match(problemWith('{"format":2,"sha256":"","model":{}}'), /expected 1/);
  writeFileSync(file, good);
  assert.throws(() => chooseVersion(folder, 9), /model-0009\.json: cannot be used/);
  writeFileSync(join(folder, 'current'), 'latest');
  assert.match(loadClassifier(folder).problem?.detail ?? '', /expected the number of a version/);
});

test('without a folder there is no learned verdict and nothing to complain of; without a model it is said', () => {
  assert.deepEqual(loadClassifier(undefined), {});
  const folder = join(root, 'empty');
  mkdirSync(folder);
  assert.match(loadClassifier(folder).problem?.detail ?? '', /guard retrain --models/);
});
