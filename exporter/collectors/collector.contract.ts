// What every collector promises, as one suite that each of them runs: legal families, honest absence, obedience to an abort.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MetricFamily } from '../promformat/family.ts';
import { render } from '../promformat/render.ts';
import { parseText } from '../promformat/text-parser.contract.ts';
import type { Collector } from './collector.ts';

export interface ContractSubject {
  readonly name: string;
  /** A new collector on a host that has what it reads. */
  readonly create: () => Collector;
  /** A new one on a host where there is nothing to read. */
  readonly createOnEmptyHost: () => Collector;
}

const FAMILY_NAME = /^guard_[a-z0-9]+(_[a-z0-9]+)*$/;
const LABEL_NAME = /^[a-z]+(_[a-z0-9]+)*$/;
/** Labels of the target, which Prometheus would have to rename. */
const TARGET_LABELS = ['job', 'instance', 'service', 'env', 'cluster', 'type'];

export function testCollectorContract({ name, create, createOnEmptyHost }: ContractSubject): void {
  test(`${name}: has its public name`, () => assert.equal(create().name, name));

  test(`${name}: every family is legal, twice in a row`, async () => {
    await withStarted(create(), async (collector) => {
      for (let scrape = 0; scrape < 2; scrape += 1) assertLegal(await collect(collector));
    });
  });

  test(`${name}: two scrapes at once do not disturb each other`, async () => {
    await withStarted(create(), async (collector) => {
      const both = await Promise.all([collect(collector), collect(collector)]);
      for (const families of both) assertLegal(families);
    });
  });

  test(`${name}: where there is nothing to read it says so instead of telling zeros`, async () => {
    await withStarted(createOnEmptyHost(), async (collector) => {
      await assert.rejects(collect(collector), (error: Error & { reason?: string }) => {
        assert.equal(error.name, 'NoDataError', error.message);
        assert.match(error.reason ?? '', /^[a-z]+(_[a-z]+)*$/);
        assert.notEqual(error.message, '');
        return true;
      });
    });
  });

  test(`${name}: an aborted scrape is refused`, async () => {
    await withStarted(create(), async (collector) => {
      await assert.rejects(collector.collect(AbortSignal.abort()), { name: 'AbortError' });
    });
  });

  test(`${name}: stops without having been started`, async () => {
    const collector = create();
    assert.equal(await collector.stop?.(), undefined);
  });
}

/** Also used for the families that come from elsewhere. */
export function assertLegal(families: readonly MetricFamily[]): void {
  const filled = families.filter(({ samples }) => samples.length > 0);
  assert.ok(filled.length > 0, 'it has samples');
  for (const { name, help, type, samples } of families) {
    assert.match(name, FAMILY_NAME);
    assert.equal(
      name.endsWith('_total'),
      type === 'counter',
      `${name}: only counters end in _total`,
    );
    assert.ok(help.length > 5, `${name} has a help text`);
    for (const { labels, value } of samples) {
      assert.ok(type !== 'counter' || value >= 0, `${name} is ${value}`);
      for (const [label, text] of Object.entries(labels)) {
        assert.match(label, LABEL_NAME);
        assert.ok(!TARGET_LABELS.includes(label), `${name} has the target's label ${label}`);
        assert.equal(typeof text, 'string');
      }
    }
  }
  // The strict reader refuses repeated families and label sets.
  assert.equal(parseText(render(families)).length, filled.length);
}

function collect(collector: Collector): Promise<MetricFamily[]> {
  return collector.collect(new AbortController().signal);
}

async function withStarted(
  collector: Collector,
  use: (collector: Collector) => Promise<void>,
): Promise<void> {
  collector.start?.();
  // What is read in the background of the fixtures is there after a turn of the loop.
  await new Promise((resolve) => setImmediate(resolve));
  try {
    await use(collector);
  } finally {
    await collector.stop?.();
  }
}
