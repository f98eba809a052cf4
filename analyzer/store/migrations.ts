// The tables of the store, one step per version; a step that was released is never changed.

/** What stands in an unused place cannot be told from a decision: columns are NOT NULL where the domain knows them. */
const FIRST = `
CREATE TABLE alerts (
  id INTEGER PRIMARY KEY,
  fingerprint TEXT NOT NULL,
  starts_at TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('firing', 'resolved')),
  source TEXT NOT NULL,
  truncated INTEGER NOT NULL,
  labels TEXT NOT NULL,
  promql TEXT,
  received REAL NOT NULL,
  handled INTEGER NOT NULL DEFAULT 0,
  UNIQUE (fingerprint, starts_at)
) STRICT;
CREATE INDEX alerts_waiting ON alerts (id) WHERE handled = 0;
CREATE INDEX alerts_old ON alerts (received) WHERE handled = 1;

CREATE TABLE actions (
  id TEXT PRIMARY KEY,
  alert_id INTEGER NOT NULL,
  state TEXT NOT NULL,
  playbook TEXT NOT NULL,
  kind TEXT NOT NULL,
  host TEXT NOT NULL,
  created REAL NOT NULL,
  updated REAL NOT NULL,
  body TEXT NOT NULL
) STRICT;
CREATE INDEX actions_by_state ON actions (state);
CREATE INDEX actions_by_alert ON actions (alert_id);

CREATE TABLE runs (
  action_id TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  step TEXT NOT NULL CHECK (step IN ('action', 'rollback')),
  playbook TEXT NOT NULL,
  host TEXT NOT NULL,
  started REAL NOT NULL,
  PRIMARY KEY (action_id, step, attempt)
) STRICT;
CREATE INDEX runs_by_playbook ON runs (playbook, host, started);

CREATE TABLE outcomes (
  playbook TEXT NOT NULL,
  kind TEXT NOT NULL,
  verdict TEXT NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (playbook, kind, verdict)
) STRICT;

CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;

CREATE TABLE audit (
  seq INTEGER PRIMARY KEY,
  time REAL NOT NULL,
  event TEXT NOT NULL,
  subject TEXT NOT NULL,
  detail TEXT NOT NULL,
  previous TEXT NOT NULL,
  hash TEXT NOT NULL
) STRICT;
CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
  BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_is_not_deleted BEFORE DELETE ON audit
  BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
`;

export const MIGRATIONS: readonly string[] = [FIRST];
