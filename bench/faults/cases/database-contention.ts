// Fault: a transaction that locked a row and sits idle, and sessions that wait for that row.
import type { FaultCase } from '../case.ts';
import { firstReason } from '../needs.ts';
import { DATABASE_SERVER, database } from '../scenes/database.ts';

const VICTIMS = 6;
const UPDATE = 'update account set balance = balance + 1 where id = 1';

export const databaseContention: FaultCase = {
  name: 'database-contention',
  about:
    'A PostgreSQL session holds a row lock and idles in its transaction; six others wait for the row.',
  expected: {
    kind: 'database_contention',
    blames: [{ database_server: DATABASE_SERVER }, { group: 'postgres' }],
  },
  scene: database,
  missing: () => firstReason(),
  async start(stage) {
    const { connect } = stage.controls(database);
    const blocker = await connect('report-job');
    const victims = await Promise.all(Array.from({ length: VICTIMS }, () => connect('checkout')));
    await blocker.query(`begin; ${UPDATE}`);
    const waiting = Promise.allSettled(victims.map((victim) => victim.query(UPDATE)));
    stage.onEnd(async () => {
      await blocker.query('rollback');
      await waiting;
      await Promise.all([blocker, ...victims].map((session) => session.end()));
    });
  },
};
