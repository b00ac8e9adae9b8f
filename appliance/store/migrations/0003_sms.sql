-- A text message from a person is a message like any other: a call row of outcome 'sms' says who
-- wrote and when, its text lies sealed in sealed_transcript. Clear: that it was written, its length.

ALTER TABLE messages ADD COLUMN kind TEXT NOT NULL DEFAULT 'voice' CHECK (kind IN ('voice', 'sms'));
ALTER TABLE messages ADD COLUMN text_length INTEGER;

-- What nobody has to take up: delivery reports, the operator's own messages, broken ones.
CREATE TABLE filed_sms (
    seq         INTEGER PRIMARY KEY AUTOINCREMENT,
    received_at REAL NOT NULL,
    kind        TEXT NOT NULL CHECK (kind IN ('report', 'service', 'unreadable')),
    text_length INTEGER NOT NULL,
    sealed      BLOB NOT NULL
) STRICT;

-- Stored here, and not yet known to be deleted from the SIM: who finds such a message there again
-- does not store it twice. Time and length tell it from a later one in the same place.
CREATE TABLE sms_on_sim (
    place   INTEGER PRIMARY KEY,
    sent_at REAL,
    octets  INTEGER NOT NULL
) STRICT;

-- What other processes ask of the one that owns the modem. Number and words lie in RAM only.
CREATE TABLE outbox (
    seq         INTEGER PRIMARY KEY AUTOINCREMENT,
    id          TEXT NOT NULL UNIQUE,
    asked_at    REAL NOT NULL,
    deadline    REAL NOT NULL,
    state       TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'done', 'failed')),
    attempts    INTEGER NOT NULL DEFAULT 0,
    lease_until REAL,
    error       TEXT
) STRICT;

CREATE INDEX outbox_waiting ON outbox (seq) WHERE state = 'waiting';
