import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createHostFiles } from '../sources/host-files.ts';
import { createConntrackCollector, parseConntrack } from './conntrack.ts';

const HEADER = 'entries  clashres found drop early_drop insert_failed';
const folder = mkdtempSync(join(tmpdir(), 'guard-conntrack-'));
after(() => rmSync(folder, { recursive: true }));

test('entries are those of the table, counters the sum of all CPUs, all hexadecimal', () => {
  const text = `${HEADER}\n0000001f  00000001 0 0000000a 1 2\n0000001f  00000000 0 00000001 0 0\n`;
  const { entries, counters } = parseConntrack(text);
  assert.equal(entries, 31);
  assert.deepEqual([counters.get('drop'), counters.get('early_drop')], [11, 1]);
  assert.equal(counters.get('insert_failed'), 2);
});

test('anything else is refused', () => {
  const rows = ['', '\n1 2 3', '\nxyz 0 0 0 0 0', '\n1 0 0 0 0 -5'];
  for (const row of rows) assert.throws(() => parseConntrack(HEADER + row), /Cannot parse/, row);
  assert.throws(() => parseConntrack(''), /Cannot parse/);
  assert.throws(() => parseConntrack('found drop\n1 2\n'), /Cannot parse/);
});

async function collect(rootfs: string) {
  const files = createHostFiles({ procfs: folder, sysfs: folder, rootfs });
  const families = await createConntrackCollector(files).collect(new AbortController().signal);
  return families.flatMap(({ name, samples }) => samples.map(({ value }) => [name, value]));
}

test('without the table the entries come from the sysctl, but never those of another namespace', async () => {
  await assert.rejects(collect('/'), { name: 'NoDataError', reason: 'not_supported' });
  mkdirSync(join(folder, 'sys/net/netfilter'), { recursive: true });
  writeFileSync(join(folder, 'sys/net/netfilter/nf_conntrack_count'), '7\n');
  writeFileSync(join(folder, 'sys/net/netfilter/nf_conntrack_max'), '100\n');
  assert.deepEqual(await collect('/'), [
    ['guard_conntrack_entries', 7],
    ['guard_conntrack_entries_maximum', 100],
  ]);
  await assert.rejects(collect('/host'), { name: 'NoDataError', reason: 'not_supported' });
});
