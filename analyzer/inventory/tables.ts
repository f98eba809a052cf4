// The tables of the inventory in PostgreSQL. Names and columns are a contract with everybody's queries (docs/sql): they are added to, not changed.
import type { Tables } from '../store/postgresql.ts';
import { INFO_NUMBERS, INFO_TEXTS, USAGE_COLUMNS } from './source.ts';

/** Any number other than that of the store, the same for all analyzers: "guarI" in ASCII. */
const WRITER_LOCK = 0x67_75_61_72_49;

export const INFO_COLUMNS: readonly (readonly [name: string, type: string])[] = [
  ...INFO_TEXTS.map((name) => [name, 'text'] as const),
  ...INFO_NUMBERS.map((name) => [name, name === 'cpus' ? 'integer' : 'bigint'] as const),
];

const info = INFO_COLUMNS.map(([name, type]) => `  ${name} ${type}`).join(',\n');
const usage = USAGE_COLUMNS.map((name) => `  ${name} double precision`).join(',\n');

/**
 * hosts: one row for each job and instance. host_info: what it is made of, the open row (valid_to IS NULL) is how it is now.
 * host_usage: one row for each host and minute in which it was there. inventory_minutes: the minutes of which anything is known:
 * a host without a row in such a minute was not there. inventory_progress: up to where the minutes have been read.
 */
const FIRST = () => `
CREATE TABLE hosts (
  host_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  job text NOT NULL,
  instance text NOT NULL,
  source text NOT NULL,
  first_seen timestamptz NOT NULL,
  last_seen timestamptz NOT NULL,
  UNIQUE (job, instance)
);

CREATE TABLE host_info (
  host_id integer NOT NULL REFERENCES hosts ON DELETE CASCADE,
  valid_from timestamptz NOT NULL,
  valid_to timestamptz CHECK (valid_to > valid_from),
${info},
  PRIMARY KEY (host_id, valid_from)
);
CREATE UNIQUE INDEX host_info_now ON host_info (host_id) WHERE valid_to IS NULL;

CREATE TABLE host_usage (
  host_id integer NOT NULL,
  time timestamptz NOT NULL,
${usage},
  PRIMARY KEY (host_id, time)
) PARTITION BY RANGE (time);

CREATE TABLE inventory_minutes (
  source text NOT NULL,
  time timestamptz NOT NULL,
  hosts integer NOT NULL,
  PRIMARY KEY (source, time)
);

CREATE TABLE inventory_progress (
  source text PRIMARY KEY,
  through timestamptz NOT NULL
);

CREATE VIEW hosts_now AS
SELECT h.job, h.instance, h.source, h.first_seen, h.last_seen, i.*
FROM hosts h LEFT JOIN host_info i ON i.host_id = h.host_id AND i.valid_to IS NULL;
`;

export const INVENTORY_TABLES: Tables = {
  name: 'inventory_version',
  migrations: [FIRST],
  writerLock: WRITER_LOCK,
};
