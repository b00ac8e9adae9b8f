-- Clear: what kind of matter it is and how far its text can be trusted. The words that decided
-- are words of the caller: they lie sealed, in sealed_transcript and sealed_second.

ALTER TABLE messages ADD COLUMN category TEXT NOT NULL DEFAULT 'unreadable' CHECK (category IN (
    'procedure', 'security', 'epidemic', 'other', 'unreadable'));
ALTER TABLE messages ADD COLUMN urgency TEXT NOT NULL DEFAULT 'normal' CHECK (urgency IN (
    'normal', 'urgent', 'grave'));
ALTER TABLE messages ADD COLUMN urgent_at REAL;
-- What was written down before anybody judged it is not unreadable for that (0.5: triage.py).
UPDATE messages SET category = 'other'
    WHERE state = 'transcribed' AND word_count > 0 AND coalesce(mean_confidence, 1.0) >= 0.5;
ALTER TABLE messages ADD COLUMN has_speech INTEGER CHECK (has_speech IN (0, 1));
ALTER TABLE messages ADD COLUMN line_quality TEXT CHECK (line_quality IN ('good', 'fair', 'poor'));

-- The second listening: NULL when none was asked for. Its queue entry is this row, too.
ALTER TABLE messages ADD COLUMN second_state TEXT CHECK (second_state IN (
    'wanted', 'waiting_for_key', 'done', 'flagged', 'failed'));
ALTER TABLE messages ADD COLUMN second_attempts INTEGER NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN second_engine TEXT;
ALTER TABLE messages ADD COLUMN second_model TEXT;
ALTER TABLE messages ADD COLUMN second_error TEXT;
ALTER TABLE messages ADD COLUMN sealed_second BLOB;

-- The newest of an officer's corrections; all of them stand in `corrections`.
ALTER TABLE messages ADD COLUMN sealed_correction BLOB;

CREATE INDEX messages_for_second ON messages (seq) WHERE second_state = 'wanted';
CREATE INDEX messages_second_without_key ON messages (seq)
    WHERE second_state = 'waiting_for_key';
CREATE INDEX messages_urgent ON messages (seq) WHERE urgency <> 'normal';

CREATE TABLE corrections (
    seq        INTEGER PRIMARY KEY AUTOINCREMENT,
    message_id TEXT NOT NULL REFERENCES messages (id),
    at         REAL NOT NULL,
    officer    TEXT NOT NULL,
    sealed     BLOB NOT NULL
) STRICT;

CREATE INDEX corrections_of_message ON corrections (message_id, seq);

-- How many syllables an engine got wrong, by the newest correction of each message.
CREATE TABLE accuracy (
    message_id       TEXT NOT NULL REFERENCES messages (id),
    engine           TEXT NOT NULL,
    model            TEXT NOT NULL,
    syllables        INTEGER NOT NULL CHECK (syllables >= 0),
    errors           INTEGER NOT NULL CHECK (errors >= 0),
    errors_toneless  INTEGER NOT NULL CHECK (errors_toneless >= 0),
    PRIMARY KEY (message_id, engine, model)
) STRICT;
