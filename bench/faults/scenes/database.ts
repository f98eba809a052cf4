// A real PostgreSQL server with one table, asked by the exporter every 5 s, the bench's scrape interval.
import {
  type Cluster,
  clusterMissing,
  createCluster,
} from '../../../exporter/sources/postgresql-cluster.contract.ts';
import type { Scene } from '../scene.ts';

export const DATABASE_SERVER = 'shop';
const ROWS = 1_000;

export const database: Scene<Cluster> = {
  name: 'database',
  missing: clusterMissing,
  async open(stage) {
    const cluster = await createCluster({ max_connections: '40' });
    stage.onEnd(() => cluster.remove());
    await cluster.start();
    const admin = await cluster.connect('set-up');
    await admin.query('create table account (id int primary key, balance int not null)');
    await admin.query(`insert into account select id, 0 from generate_series(1, ${ROWS}) as id`);
    await admin.end();
    const { folder: host, port } = cluster;
    const server = { name: DATABASE_SERVER, host, port, user: 'postgres', interval: '5s' };
    return { controls: cluster, watch: { postgresql: [server] } };
  },
};
