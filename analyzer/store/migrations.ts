// The tables of the store, one step per version, for every database; a step that was released is never changed.

/** The few words that databases write differently. Everything else is the same text for all of them. */
export interface Dialect {
  /** A column that numbers its rows. */
  readonly numbered: string;
  /** 64 bits. */
  readonly integer: string;
  /** 64 bits: SQLite's REAL; PostgreSQL's has only 32. */
  readonly real: string;
  /** What keeps SQLite from taking any value for any type. */
  readonly strict: string;
  /** Unix seconds. */
  readonly now: string;
  /** Triggers that refuse UPDATE and DELETE (and TRUNCATE). */
  appendOnly(table: string): string;
}

export const SQLITE: Dialect = {
  numbered: 'INTEGER PRIMARY KEY',
  integer: 'INTEGER',
  real: 'REAL',
  strict: ' STRICT',
  now: "unixepoch('subsec')",
  appendOnly: (table) => `
CREATE TRIGGER ${table}_is_not_changed BEFORE UPDATE ON ${table}
  BEGIN SELECT RAISE(ABORT, 'the ${table} log is append-only'); END;
CREATE TRIGGER ${table}_is_not_deleted BEFORE DELETE ON ${table}
  BEGIN SELECT RAISE(ABORT, 'the ${table} log is append-only'); END;`,
};

export const POSTGRESQL: Dialect = {
  numbered: 'BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY',
  integer: 'BIGINT',
  real: 'DOUBLE PRECISION',
  strict: '',
  now: 'CAST(EXTRACT(EPOCH FROM clock_timestamp()) AS DOUBLE PRECISION)',
  appendOnly: (table) => `
CREATE FUNCTION ${table}_is_append_only() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN RAISE EXCEPTION 'the ${table} log is append-only'; END $$;
CREATE TRIGGER ${table}_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ${table}
  FOR EACH STATEMENT EXECUTE FUNCTION ${table}_is_append_only();`,
};

/** What stands in an unused place cannot be told from a decision: columns are NOT NULL where the domain knows them. */
const FIRST = (sql: Dialect) => `
CREATE TABLE alerts (
  id ${sql.numbered},
  fingerprint TEXT NOT NULL,
  starts_at TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('firing', 'resolved')),
  source TEXT NOT NULL,
  truncated ${sql.integer} NOT NULL,
  labels TEXT NOT NULL,
  promql TEXT,
  received ${sql.real} NOT NULL,
  handled ${sql.integer} NOT NULL DEFAULT 0,
  UNIQUE (fingerprint, starts_at)
)${sql.strict};
CREATE INDEX alerts_waiting ON alerts (id) WHERE handled = 0;
CREATE INDEX alerts_old ON alerts (received) WHERE handled = 1;

CREATE TABLE actions (
  id TEXT PRIMARY KEY,
  alert_id ${sql.integer} NOT NULL,
  state TEXT NOT NULL,
  playbook TEXT NOT NULL,
  kind TEXT NOT NULL,
  host TEXT NOT NULL,
  created ${sql.real} NOT NULL,
  updated ${sql.real} NOT NULL,
  body TEXT NOT NULL
)${sql.strict};
CREATE INDEX actions_by_state ON actions (state);
CREATE INDEX actions_by_alert ON actions (alert_id);

CREATE TABLE runs (
  action_id TEXT NOT NULL,
  attempt ${sql.integer} NOT NULL,
  step TEXT NOT NULL CHECK (step IN ('action', 'rollback')),
  playbook TEXT NOT NULL,
  host TEXT NOT NULL,
  started ${sql.real} NOT NULL,
  PRIMARY KEY (action_id, step, attempt)
)${sql.strict};
CREATE INDEX runs_by_playbook ON runs (playbook, host, started);

CREATE TABLE outcomes (
  playbook TEXT NOT NULL,
  kind TEXT NOT NULL,
  verdict TEXT NOT NULL,
  count ${sql.integer} NOT NULL,
  PRIMARY KEY (playbook, kind, verdict)
)${sql.strict};

CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL)${sql.strict};

CREATE TABLE audit (
  seq ${sql.integer} PRIMARY KEY,
  time ${sql.real} NOT NULL,
  event TEXT NOT NULL,
  subject TEXT NOT NULL,
  detail TEXT NOT NULL,
  previous TEXT NOT NULL,
  hash TEXT NOT NULL
)${sql.strict};
${sql.appendOnly('audit')}
`;

/** Who acts: `token` counts the holders, so that one who was held up cannot take a later one's place for its own. */
const LEASES = (sql: Dialect) => `
CREATE TABLE leases (
  name TEXT PRIMARY KEY,
  holder TEXT NOT NULL,
  token ${sql.integer} NOT NULL,
  expires ${sql.real} NOT NULL
)${sql.strict};
INSERT INTO leases VALUES ('actions', '', 0, 0);
`;

/** The last word of each person on each suggestion of a finding, for each time that it was open. */
const SUGGESTION_WORDS = (sql: Dialect) => `
CREATE TABLE suggestion_words (
  finding TEXT NOT NULL,
  since ${sql.real} NOT NULL,
  suggestion TEXT NOT NULL,
  person TEXT NOT NULL,
  kind TEXT NOT NULL,
  verdict TEXT NOT NULL,
  PRIMARY KEY (finding, since, suggestion, person)
)${sql.strict};
`;

export const MIGRATIONS: readonly ((sql: Dialect) => string)[] = [FIRST, LEASES, SUGGESTION_WORDS];
