import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, afterEach, suite, test } from 'node:test';
import { StoreUnavailableError } from './database.ts';
import { DATABASE_FILE } from './sqlite.ts';
import { ACTION, testStore } from './store.contract.ts';
import { createStore, type Store } from './store.ts';

const folders = mkdtempSync(join(tmpdir(), 'guard-store-'));
after(() => rmSync(folders, { recursive: true }));

suite('SQLite', () => {
  let folder = '';
  let count = 0;
  const open: Store[] = [];
  const again = async () => {
    open.push(createStore(folder));
    return open.at(-1)!;
  };
  const fresh = () => {
    folder = join(folders, `store${count++}`);
    return again();
  };
  afterEach(async () => {
    for (const store of open.splice(0)) await store.close();
  });
  testStore({ fresh, again });

  test('changes of the audit log are refused, and seen when they were made behind its back', async () => {
    const { audit } = await fresh();
    for (const time of [1, 2, 3])
      await audit.append({ time, event: 'e', subject: 's', detail: { time } });
    const raw = new DatabaseSync(join(folder, DATABASE_FILE));
    const tamper = (sql: string) => raw.exec(sql);
    assert.throws(() => tamper("UPDATE audit SET event = 'x' WHERE seq = 2"), /append-only/);
    assert.throws(() => tamper('DELETE FROM audit'), /append-only/);
    tamper('DROP TRIGGER audit_is_not_changed; DROP TRIGGER audit_is_not_deleted');
    tamper(`UPDATE audit SET detail = '{"time":9}' WHERE seq = 2`);
    assert.match((await audit.verify()).problem ?? '', /entry 2 was changed/);
    tamper('DELETE FROM audit WHERE seq = 2');
    assert.match((await audit.verify()).problem ?? '', /entry 2 is missing/);
    raw.close();
  });

  test('a store of a newer version is not touched', async () => {
    await fresh();
    const raw = new DatabaseSync(join(folder, DATABASE_FILE));
    raw.exec('PRAGMA user_version = 99');
    raw.close();
    assert.throws(() => createStore(folder), /version 99/);
  });

  test('a store of the first version gets the tables of the later ones', async () => {
    const first = await fresh();
    await first.actions.add(ACTION);
    const raw = new DatabaseSync(join(folder, DATABASE_FILE));
    raw.exec('DROP TABLE leases; DROP TABLE suggestion_words; PRAGMA user_version = 1');
    raw.close();
    const later = await again();
    assert.equal((await later.leases.acquire('me', 1))?.token, 1);
    assert.equal((await later.actions.get('a1'))?.id, 'a1');
  });

  test('a folder that is a file is told as such', async () => {
    await fresh();
    assert.throws(() => createStore(join(folder, DATABASE_FILE)), /Cannot open the store/);
  });

  test('another process that does not let go is told as busy, and waited for no longer', async () => {
    const store = await fresh();
    const raw = new DatabaseSync(join(folder, DATABASE_FILE));
    raw.exec('BEGIN IMMEDIATE');
    await assert.rejects(
      store.actions.add(ACTION),
      (error) => error instanceof StoreUnavailableError && error.reason === 'busy',
    );
    assert.equal(await store.actions.get('a1'), undefined, 'reading goes on');
    raw.exec('ROLLBACK');
    raw.close();
    await store.actions.add(ACTION);
    assert.equal((await store.actions.get('a1'))?.id, 'a1');
  });
});
