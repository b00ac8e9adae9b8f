-- Clear columns are what the lobby could know: times, lengths, states. Everything the caller
-- said or is (number, words, notes) lies in sealed_* columns, openable only by an officer's key.
-- *_at: epoch seconds UTC. Order is by seq, never by a clock that may jump.

CREATE TABLE calls (
    seq             INTEGER PRIMARY KEY AUTOINCREMENT,
    id              TEXT NOT NULL UNIQUE,
    started_at      REAL NOT NULL,
    sealed_metadata BLOB,
    forwarded       INTEGER NOT NULL DEFAULT 0 CHECK (forwarded IN (0, 1)),
    answered_at     REAL,
    ended_at        REAL,
    outcome         TEXT
) STRICT;

CREATE INDEX calls_live ON calls (seq) WHERE outcome IS NULL;

-- The message row is the transcriber's queue entry: claimed with a lease, never taken out.
CREATE TABLE messages (
    seq               INTEGER PRIMARY KEY AUTOINCREMENT,
    id                TEXT NOT NULL UNIQUE,
    call_id           TEXT NOT NULL REFERENCES calls (id),
    received_at       REAL NOT NULL,
    duration_ms       INTEGER,
    state             TEXT NOT NULL DEFAULT 'recording' CHECK (state IN (
                          'recording', 'recorded', 'transcribing', 'transcribed',
                          'waiting_for_key', 'failed')),
    end_reason        TEXT,
    status            TEXT NOT NULL DEFAULT 'new' CHECK (status IN ('new', 'in_progress', 'done')),
    engine            TEXT,
    model             TEXT,
    word_count        INTEGER,
    mean_confidence   REAL,
    sealed_transcript BLOB,
    attempts          INTEGER NOT NULL DEFAULT 0,
    error             TEXT,
    lease_owner       TEXT,
    lease_until       REAL,
    next_try_at       REAL NOT NULL DEFAULT 0
) STRICT;

CREATE INDEX messages_of_call ON messages (call_id);
CREATE INDEX messages_to_transcribe ON messages (seq)
    WHERE state IN ('recording', 'recorded', 'transcribing');
CREATE INDEX messages_without_key ON messages (seq) WHERE state = 'waiting_for_key';
CREATE INDEX messages_by_status ON messages (status);

CREATE TABLE notes (
    seq        INTEGER PRIMARY KEY AUTOINCREMENT,
    message_id TEXT NOT NULL REFERENCES messages (id),
    at         REAL NOT NULL,
    officer    TEXT NOT NULL,
    sealed     BLOB NOT NULL
) STRICT;

CREATE INDEX notes_of_message ON notes (message_id);

CREATE TABLE officers (
    name          TEXT PRIMARY KEY,
    role          TEXT NOT NULL CHECK (role IN ('officer', 'head', 'technician')),
    password_hash TEXT NOT NULL,
    wrapped_key   BLOB CHECK (role <> 'technician' OR wrapped_key IS NULL),
    one_time      INTEGER NOT NULL CHECK (one_time IN (0, 1)),
    disabled      INTEGER NOT NULL DEFAULT 0 CHECK (disabled IN (0, 1))
) STRICT;

CREATE TABLE sessions (
    token_hash BLOB PRIMARY KEY,
    officer    TEXT NOT NULL REFERENCES officers (name),
    created_at REAL NOT NULL,
    seen_at    REAL NOT NULL
) STRICT;

CREATE TABLE login_failures (
    seq     INTEGER PRIMARY KEY,
    account TEXT NOT NULL,
    address TEXT NOT NULL,
    at      REAL NOT NULL
) STRICT;

CREATE INDEX login_failures_by_account ON login_failures (account, at);
CREATE INDEX login_failures_by_address ON login_failures (address, at);

CREATE TABLE settings (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

-- Append-only: each hash covers the row and the hash before it (store/audit.py).
CREATE TABLE audit (
    seq     INTEGER PRIMARY KEY AUTOINCREMENT,
    at      REAL NOT NULL,
    actor   TEXT NOT NULL,
    action  TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail  TEXT NOT NULL,
    hash    BLOB NOT NULL
) STRICT;

CREATE INDEX audit_of_subject ON audit (subject, seq);

CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit
BEGIN
    SELECT RAISE(ABORT, 'audit rows are never changed');
END;

CREATE TRIGGER audit_is_never_deleted BEFORE DELETE ON audit
BEGIN
    SELECT RAISE(ABORT, 'audit rows are never deleted');
END;
