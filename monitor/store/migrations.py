"""The schema, step by step. A shipped step is never edited; a new one is added below it.

A step that calls `transform()` on `posts` must run `full_text.SCRIPT` again: a transform drops the
full-text triggers of its table.
"""

import sqlite3
import zlib

from sqlite_utils import Database, Migrations

from monitor.store import archive_tables, team_tables

migrations = Migrations("mentiondesk")

_TABLES = """
CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

CREATE TABLE policies (
    version INTEGER PRIMARY KEY,
    snapshot TEXT NOT NULL,
    created_at TEXT NOT NULL
) STRICT;

CREATE TABLE members (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    telegram_id INTEGER UNIQUE,
    role TEXT NOT NULL CHECK (role IN ('manager', 'lead', 'agent', 'viewer')),
    joined_at TEXT NOT NULL,
    left_at TEXT
) STRICT;

CREATE TABLE invites (
    code_hash TEXT PRIMARY KEY,
    role TEXT,
    chat TEXT,
    created_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    used_at TEXT,
    CHECK ((role IS NULL) <> (chat IS NULL))
) STRICT;

CREATE TABLE chats (
    name TEXT PRIMARY KEY,
    chat_id INTEGER NOT NULL,
    linked_at TEXT NOT NULL,
    gone_at TEXT,
    board_message_id INTEGER,
    board_shown TEXT
) STRICT;

CREATE TABLE posts (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    platform TEXT NOT NULL,
    thread TEXT NOT NULL,
    author_id TEXT,
    author_handle TEXT,
    author_name TEXT,
    text TEXT NOT NULL,
    url TEXT NOT NULL,
    place TEXT NOT NULL DEFAULT '',
    reply_to TEXT,
    posted_at TEXT NOT NULL,
    seen_at TEXT NOT NULL,
    edited_at TEXT,
    deleted_at TEXT,
    private INTEGER NOT NULL DEFAULT 0,
    history INTEGER NOT NULL DEFAULT 0,
    source TEXT NOT NULL,
    language_hint TEXT,
    language TEXT,
    complaint REAL,
    request REAL,
    flags TEXT NOT NULL DEFAULT '[]',
    reasons TEXT NOT NULL DEFAULT '[]',
    praise REAL,
    churn_risk REAL,
    urgency INTEGER,
    topic TEXT,
    model TEXT,
    own_brand TEXT,
    fold_of INTEGER REFERENCES posts (id) ON DELETE SET NULL,
    fingerprint BLOB,
    review INTEGER NOT NULL DEFAULT 0 -- 1: a person must look, 2: a digest shows it
) STRICT;
CREATE INDEX posts_thread ON posts (platform, thread);
CREATE INDEX posts_posted_at ON posts (posted_at);
CREATE INDEX posts_reply_to ON posts (reply_to) WHERE reply_to IS NOT NULL;
CREATE INDEX posts_author ON posts (platform, author_id);
CREATE INDEX posts_unjudged ON posts (id)
    WHERE model IS NULL AND own_brand IS NULL AND deleted_at IS NULL;
CREATE INDEX posts_url ON posts (url);
CREATE INDEX posts_review ON posts (id) WHERE review > 0;
CREATE INDEX posts_fold_of ON posts (fold_of) WHERE fold_of IS NOT NULL;

CREATE TABLE post_brands (
    post_id INTEGER NOT NULL REFERENCES posts (id) ON DELETE CASCADE,
    brand TEXT NOT NULL,
    PRIMARY KEY (post_id, brand)
) STRICT, WITHOUT ROWID;
CREATE INDEX post_brands_brand ON post_brands (brand, post_id);

CREATE TABLE post_bands (
    band INTEGER NOT NULL,
    post_id INTEGER NOT NULL REFERENCES posts (id) ON DELETE CASCADE,
    PRIMARY KEY (band, post_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX post_bands_post ON post_bands (post_id);

CREATE TABLE items (
    id INTEGER PRIMARY KEY,
    brand TEXT NOT NULL,
    platform TEXT NOT NULL,
    thread TEXT NOT NULL,
    author_key TEXT NOT NULL,
    author_id TEXT,
    author_handle TEXT,
    author_name TEXT,
    policy TEXT NOT NULL,
    policy_version INTEGER NOT NULL REFERENCES policies (version),
    found_late INTEGER NOT NULL DEFAULT 0,
    muted INTEGER NOT NULL DEFAULT 0,
    look_back INTEGER NOT NULL DEFAULT 0,
    fold_of INTEGER REFERENCES items (id) ON DELETE SET NULL,
    state TEXT NOT NULL,
    owner INTEGER REFERENCES members (id),
    lease_ends_at TEXT,
    paused_until TEXT,
    void_reason TEXT,
    merged_into INTEGER REFERENCES items (id),
    hand_overs INTEGER NOT NULL DEFAULT 0,
    opened_at TEXT NOT NULL,
    posted_at TEXT NOT NULL,
    answer_at TEXT,
    answer_url TEXT,
    answer_proven INTEGER,
    answer_by INTEGER REFERENCES members (id),
    target TEXT,
    due_at TEXT,
    next_check_at TEXT,
    revision INTEGER NOT NULL DEFAULT 1,
    drawn INTEGER NOT NULL DEFAULT 0,
    UNIQUE (brand, platform, thread, author_key)
) STRICT;
CREATE INDEX items_thread ON items (platform, thread);
CREATE INDEX items_author ON items (platform, author_key);
CREATE INDEX items_due ON items (due_at) WHERE state NOT IN ('resolved', 'void') AND muted = 0;
CREATE INDEX items_check ON items (next_check_at) WHERE next_check_at IS NOT NULL;
CREATE INDEX items_undrawn ON items (id) WHERE drawn <> revision AND muted = 0;
CREATE INDEX items_opened ON items (opened_at);
CREATE INDEX items_fold_of ON items (fold_of) WHERE fold_of IS NOT NULL;

CREATE TABLE item_posts (
    item_id INTEGER NOT NULL REFERENCES items (id) ON DELETE CASCADE,
    post_id INTEGER NOT NULL REFERENCES posts (id) ON DELETE CASCADE,
    PRIMARY KEY (item_id, post_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX item_posts_post ON item_posts (post_id);

CREATE TABLE events (
    id INTEGER PRIMARY KEY,
    item_id INTEGER NOT NULL REFERENCES items (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    at TEXT NOT NULL,
    recorded_at TEXT NOT NULL,
    actor INTEGER REFERENCES members (id),
    key TEXT,
    posted_at TEXT,
    wants_answer INTEGER NOT NULL DEFAULT 1,
    url TEXT,
    reason TEXT,
    until TEXT,
    ref INTEGER
) STRICT;
CREATE INDEX events_item ON events (item_id, id);
CREATE INDEX events_key ON events (key) WHERE key IS NOT NULL;

CREATE TABLE results (
    item_id INTEGER NOT NULL REFERENCES items (id) ON DELETE CASCADE,
    target TEXT NOT NULL,
    cycle INTEGER NOT NULL,
    started_at TEXT NOT NULL,
    ended_at TEXT NOT NULL,
    due_at TEXT NOT NULL,
    customer_wait_s REAL NOT NULL,
    team_time_s REAL NOT NULL,
    breached INTEGER NOT NULL,
    counted INTEGER NOT NULL,
    proven INTEGER NOT NULL,
    policy_version INTEGER NOT NULL,
    frozen_at TEXT NOT NULL,
    PRIMARY KEY (item_id, target, cycle)
) STRICT, WITHOUT ROWID;
CREATE INDEX results_ended ON results (ended_at);

CREATE TABLE told (
    item_id INTEGER NOT NULL REFERENCES items (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    told_at TEXT NOT NULL,
    PRIMARY KEY (item_id, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE cards (
    id INTEGER PRIMARY KEY,
    item_id INTEGER NOT NULL REFERENCES items (id) ON DELETE CASCADE,
    chat_id INTEGER NOT NULL,
    topic INTEGER,
    message_id INTEGER NOT NULL,
    live INTEGER NOT NULL DEFAULT 1,
    shown TEXT NOT NULL,
    sent_at TEXT NOT NULL,
    UNIQUE (chat_id, message_id)
) STRICT;
CREATE INDEX cards_item ON cards (item_id);

CREATE TABLE outbox (
    id INTEGER PRIMARY KEY,
    chat_id INTEGER NOT NULL,
    topic INTEGER,
    kind TEXT NOT NULL,
    item_id INTEGER REFERENCES items (id) ON DELETE CASCADE,
    message_id INTEGER,
    dedupe TEXT NOT NULL UNIQUE,
    priority INTEGER NOT NULL,
    state TEXT NOT NULL DEFAULT 'queued'
        CHECK (state IN ('queued', 'in_doubt', 'sent', 'failed')),
    created_at TEXT NOT NULL,
    not_before TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    doubted INTEGER NOT NULL DEFAULT 0,
    payload TEXT NOT NULL,
    sent_at TEXT,
    sent_message_id INTEGER,
    error TEXT
) STRICT;
CREATE INDEX outbox_waiting ON outbox (priority, not_before, id) WHERE state = 'queued';
CREATE INDEX outbox_item ON outbox (item_id) WHERE item_id IS NOT NULL;
CREATE INDEX outbox_sent ON outbox (sent_at) WHERE sent_at IS NOT NULL;

CREATE TABLE taps (
    id INTEGER PRIMARY KEY,
    post_id INTEGER NOT NULL REFERENCES posts (id) ON DELETE CASCADE,
    label TEXT NOT NULL,
    member INTEGER REFERENCES members (id),
    at TEXT NOT NULL,
    undone_at TEXT
) STRICT;
CREATE INDEX taps_post ON taps (post_id);

CREATE TABLE audit (
    id INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    actor_name TEXT,
    actor_telegram_id INTEGER,
    action TEXT NOT NULL,
    item_id INTEGER,
    allowed INTEGER NOT NULL,
    detail TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX audit_item ON audit (item_id) WHERE item_id IS NOT NULL;

CREATE TABLE mutes (
    brand TEXT NOT NULL,
    chat TEXT NOT NULL,
    until TEXT NOT NULL,
    member INTEGER REFERENCES members (id),
    PRIMARY KEY (brand, chat)
) STRICT, WITHOUT ROWID;

CREATE TABLE done_days (
    chat TEXT NOT NULL,
    kind TEXT NOT NULL,
    day TEXT NOT NULL,
    done_at TEXT NOT NULL,
    PRIMARY KEY (chat, kind, day)
) STRICT, WITHOUT ROWID;

CREATE TABLE sources (
    name TEXT PRIMARY KEY,
    platform TEXT NOT NULL,
    switched_on_at TEXT NOT NULL,
    cursor TEXT,
    last_ok_at TEXT,
    failing_since TEXT,
    error TEXT
) STRICT;

CREATE TABLE coverage (
    id INTEGER PRIMARY KEY,
    source TEXT NOT NULL,
    query TEXT NOT NULL,
    since TEXT NOT NULL,
    until TEXT NOT NULL,
    complete INTEGER NOT NULL,
    read_at TEXT NOT NULL,
    requests INTEGER NOT NULL,
    cost_usd REAL NOT NULL,
    mentions INTEGER NOT NULL,
    lag_s REAL
) STRICT;
CREATE INDEX coverage_source ON coverage (source, query, until);
"""

_POST_INDEX = """
CREATE VIRTUAL TABLE posts_fts USING fts5 (
    text, author_handle, author_name, place,
    content = 'posts', content_rowid = 'id', tokenize = 'unicode61 remove_diacritics 2'
);
CREATE TRIGGER posts_fts_delete AFTER DELETE ON posts BEGIN
    INSERT INTO posts_fts (posts_fts, rowid, text, author_handle, author_name, place)
    VALUES ('delete', old.id, old.text, old.author_handle, old.author_name, old.place);
END;
CREATE TRIGGER posts_fts_update
AFTER UPDATE OF text, author_handle, author_name, place ON posts BEGIN
    INSERT INTO posts_fts (posts_fts, rowid, text, author_handle, author_name, place)
    VALUES ('delete', old.id, old.text, old.author_handle, old.author_name, old.place);
    INSERT INTO posts_fts (rowid, text, author_handle, author_name, place)
    VALUES (new.id, new.text, new.author_handle, new.author_name, new.place);
END;
"""

_VIEWS = """
CREATE VIEW v_items AS
SELECT items.id, items.brand, items.platform, items.thread, items.author_handle AS author,
       items.state, members.name AS owner, items.policy, items.policy_version,
       items.posted_at, items.opened_at AS seen_at, items.target, items.due_at,
       items.answer_at, items.answer_url, items.answer_proven,
       items.found_late, items.muted, items.void_reason
FROM items LEFT JOIN members ON members.id = items.owner;

CREATE VIEW v_clocks AS
SELECT item_id, target, cycle, started_at, due_at, ended_at, customer_wait_s, team_time_s,
       breached, counted, proven, policy_version, 1 AS frozen
FROM results
UNION ALL
SELECT id, target, NULL, opened_at, due_at, NULL, NULL, NULL, NULL,
       NOT found_late, NULL, policy_version, 0
FROM items
WHERE state NOT IN ('resolved', 'void') AND muted = 0 AND target IS NOT NULL;

CREATE VIEW v_daily AS
SELECT substr(items.opened_at, 1, 10) AS day, items.brand, items.platform,
       count(*) AS received,
       sum(items.answer_at IS NOT NULL) AS answered,
       sum(items.answer_at IS NOT NULL AND items.answer_proven = 0) AS unproven,
       sum(items.answer_at IS NULL AND items.state NOT IN ('resolved', 'void')) AS unanswered,
       sum(items.state = 'void') AS void,
       sum(items.found_late) AS found_late
FROM items WHERE items.muted = 0
GROUP BY day, items.brand, items.platform;

CREATE VIEW v_coverage AS
SELECT source, query, since, until, complete, read_at, requests, cost_usd, mentions, lag_s
FROM coverage;
"""


def _index_posts(db: Database) -> None:
    """Build the first full-text index of `posts` and its triggers; step five makes another one.

    There is no trigger on INSERT: the store adds a batch's new rows by one statement, which is
    several times faster than a trigger that flushes at every savepoint.
    """
    for trigger in ("posts_fts_delete", "posts_fts_update"):
        db.execute(f"DROP TRIGGER IF EXISTS {trigger}")
    db.execute("DROP TABLE IF EXISTS posts_fts")
    _run(db, _POST_INDEX)
    db.execute("INSERT INTO posts_fts (posts_fts) VALUES ('rebuild')")


def _run(db: Database, script: str) -> None:
    """Run each statement of `script` inside the transaction that is open.

    `executescript` would commit it first, and a step that fails half way must leave nothing.
    """
    statement = ""
    for line in script.splitlines():
        statement += line + "\n"
        if _complete(statement):
            db.execute(statement)
            statement = ""


def _complete(statement: str) -> bool:
    return bool(statement.strip()) and sqlite3.complete_statement(statement)


@migrations()
def m001_the_desk(db: Database) -> None:
    """Create every table, the full-text index and the views."""
    _run(db, _TABLES)
    _index_posts(db)
    _run(db, _VIEWS)


_LABELLED_TAPS = """
ALTER TABLE taps ADD COLUMN complaint INTEGER CHECK (complaint IN (0, 1)); -- NULL: nothing is said
ALTER TABLE taps ADD COLUMN request INTEGER CHECK (request IN (0, 1));
ALTER TABLE taps ADD COLUMN event_id INTEGER REFERENCES events (id) ON DELETE SET NULL;
ALTER TABLE taps ADD COLUMN review_before INTEGER NOT NULL DEFAULT 0; -- posts.review until then
ALTER TABLE taps ADD COLUMN text_crc32 INTEGER; -- of what was judged; NULL: not known
ALTER TABLE taps ADD COLUMN judged_language TEXT;
ALTER TABLE taps ADD COLUMN judged_complaint REAL;
ALTER TABLE taps ADD COLUMN judged_request REAL;
ALTER TABLE taps ADD COLUMN judged_flags TEXT NOT NULL DEFAULT '[]';
ALTER TABLE taps ADD COLUMN judged_model TEXT; -- NULL: it had not been judged
CREATE INDEX taps_event ON taps (event_id) WHERE event_id IS NOT NULL;
CREATE INDEX taps_at ON taps (at);

UPDATE taps SET text_crc32 = -1 WHERE at < -- no text has it: this one was changed since
    (SELECT edited_at FROM posts WHERE posts.id = post_id);
UPDATE taps SET
    judged_language = (SELECT language FROM posts WHERE posts.id = post_id),
    judged_complaint = (SELECT complaint FROM posts WHERE posts.id = post_id),
    judged_request = (SELECT request FROM posts WHERE posts.id = post_id),
    judged_flags = (SELECT flags FROM posts WHERE posts.id = post_id),
    judged_model = (SELECT model FROM posts WHERE posts.id = post_id)
WHERE text_crc32 IS NULL;
UPDATE taps SET complaint = 1 WHERE label = 'complaint';
UPDATE taps SET request = 1 WHERE label = 'request';
UPDATE taps SET complaint = 0, request = 0 WHERE label IN ('neither', 'spam');
UPDATE taps SET complaint = 0 WHERE label = 'not a complaint';
UPDATE taps SET request = 0 WHERE label = 'not a complaint'
    AND judged_flags LIKE '%"complaint"%' AND judged_flags NOT LIKE '%"request"%';
UPDATE taps SET review_before = 2 WHERE label IN ('complaint', 'request', 'neither');
UPDATE taps SET event_id = (
    SELECT max(events.id) FROM events JOIN item_posts ON item_posts.item_id = events.item_id
    WHERE item_posts.post_id = taps.post_id AND events.kind = 'voided'
    AND events.recorded_at = taps.at AND events.actor = taps.member
) WHERE label IN ('not a complaint', 'not about us', 'spam', 'duplicate');
"""


@migrations()
def m002_labelled_taps(db: Database) -> None:
    """Let a tap say which labels it gives, what the judge had said, and of which act it is."""
    _run(db, _LABELLED_TAPS)
    taps = db.execute(
        "SELECT taps.id, text FROM taps JOIN posts ON posts.id = post_id WHERE text_crc32 IS NULL"
    ).fetchall()
    for tap, text in taps:
        printed = zlib.crc32(text.encode("utf-8", "surrogatepass"))  # as the store prints a text
        db.execute("UPDATE taps SET text_crc32 = ? WHERE id = ?", [printed, tap])


_LIVE_EVERYWHERE = """
ALTER TABLE posts ADD COLUMN answerable INTEGER CHECK (answerable IN (0, 1)); -- NULL: not said
ALTER TABLE posts ADD COLUMN checked_at TEXT; -- when it was looked at again; NULL: never
CREATE INDEX posts_checked ON posts (platform, coalesce(checked_at, seen_at))
    WHERE deleted_at IS NULL;

ALTER TABLE sources ADD COLUMN failed_at TEXT; -- when a poll failed last
ALTER TABLE sources ADD COLUMN rests_until TEXT; -- it is left alone until then; NULL: it is not
ALTER TABLE sources ADD COLUMN rests_why TEXT;
ALTER TABLE sources ADD COLUMN pace_s REAL; -- between two polls; NULL: as the settings say

ALTER TABLE coverage ADD COLUMN fresh INTEGER NOT NULL DEFAULT 0; -- mentions newer than any before
ALTER TABLE coverage ADD COLUMN past INTEGER NOT NULL DEFAULT 0; -- read by backfill, not by a poll
ALTER TABLE coverage ADD COLUMN read_from TEXT NOT NULL DEFAULT ''; -- a row holds many reads
ALTER TABLE coverage ADD COLUMN windows INTEGER NOT NULL DEFAULT 1; -- so many
ALTER TABLE coverage ADD COLUMN matched INTEGER NOT NULL DEFAULT 0; -- new posts that name a brand
ALTER TABLE coverage ADD COLUMN lags TEXT NOT NULL DEFAULT '{}'; -- of the fresh: store/lags.py
UPDATE coverage SET read_from = read_at, lag_s = NULL; -- it was of mentions read again, too
CREATE INDEX coverage_latest ON coverage (source, query, past, id);
CREATE INDEX coverage_read ON coverage (read_at);
CREATE INDEX coverage_holes ON coverage (id) WHERE complete = 0;

CREATE TABLE queries (
    source TEXT NOT NULL,
    query TEXT NOT NULL,
    since TEXT NOT NULL, -- where its first window began
    first_read_at TEXT NOT NULL,
    read_at TEXT NOT NULL,
    newest_at TEXT, -- posted_at of the newest mention ever read
    forgotten_until TEXT, -- what was read before is no longer recorded
    PRIMARY KEY (source, query)
) STRICT, WITHOUT ROWID;
INSERT INTO queries SELECT source, query, min(since), min(read_at), max(read_at), max(read_at), NULL
    FROM coverage GROUP BY source, query;

CREATE TABLE expenses (
    at TEXT NOT NULL, -- the hour in which it was spent
    source TEXT NOT NULL,
    purpose TEXT NOT NULL, -- poll (without a page), thread, recheck, reply …
    requests INTEGER NOT NULL,
    cost_usd REAL NOT NULL,
    matched INTEGER NOT NULL DEFAULT 0, -- new posts that name a brand, in pages without a window
    PRIMARY KEY (at, source, purpose)
) STRICT, WITHOUT ROWID;

DROP VIEW v_coverage;
CREATE VIEW v_coverage AS
SELECT source, query, since, until, complete, read_at, requests, cost_usd, mentions, lag_s,
       read_from, windows, past, fresh, matched
FROM coverage;

CREATE TABLE thread_looks (
    platform TEXT NOT NULL,
    thread TEXT NOT NULL,
    looked_at TEXT NOT NULL,
    PRIMARY KEY (platform, thread)
) STRICT, WITHOUT ROWID;
CREATE INDEX items_unproven ON items (platform, answer_at) WHERE answer_proven = 0;

CREATE TABLE backfills (
    platform TEXT NOT NULL,
    query TEXT NOT NULL, -- '' for all of the platform's
    brand TEXT NOT NULL, -- '' for all brands
    since TEXT NOT NULL,
    until TEXT NOT NULL,
    cursor TEXT, -- NULL: no page was stored yet
    began_at TEXT NOT NULL,
    done_at TEXT, -- NULL: it was broken off
    PRIMARY KEY (platform, query, brand, since, until)
) STRICT, WITHOUT ROWID;

CREATE TABLE replies (
    id INTEGER PRIMARY KEY,
    item_id INTEGER NOT NULL REFERENCES items (id) ON DELETE CASCADE,
    post_id INTEGER NOT NULL REFERENCES posts (id) ON DELETE CASCADE, -- the post it answers
    member INTEGER NOT NULL REFERENCES members (id),
    chat_id INTEGER NOT NULL, -- where it was written
    topic INTEGER,
    message_id INTEGER, -- of the newest preview; NULL: none arrived
    text TEXT NOT NULL,
    edition INTEGER NOT NULL DEFAULT 0, -- counts the texts and what was pointed out beside them
    known_event INTEGER NOT NULL DEFAULT 0, -- newest event of the item when the text was written
    seen_event INTEGER NOT NULL DEFAULT 0, -- and when the newest preview was made
    state TEXT NOT NULL CHECK (
        state IN ('asked', 'draft', 'confirmed', 'sent', 'refused', 'cancelled', 'taking back',
                  'taken back')
    ),
    idempotency_key TEXT NOT NULL UNIQUE,
    created_at TEXT NOT NULL,
    touched_at TEXT NOT NULL, -- when a person last did something to it
    confirmed_at TEXT,
    tried_at TEXT,
    tries INTEGER NOT NULL DEFAULT 0,
    not_before TEXT, -- of the next try
    sent_at TEXT,
    key TEXT, -- of the reply on its platform
    url TEXT,
    error TEXT,
    revision INTEGER NOT NULL DEFAULT 1,
    drawn INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE INDEX replies_waiting ON replies (state)
    WHERE state IN ('asked', 'draft', 'confirmed', 'taking back');
CREATE INDEX replies_undrawn ON replies (id) WHERE drawn <> revision;
CREATE INDEX replies_item ON replies (item_id);
"""


@migrations()
def m003_live_everywhere(db: Database) -> None:
    """Keep what coverage, second looks, backfills and replies from the chat need."""
    _run(db, _LIVE_EVERYWHERE)


@migrations()
def m004_the_team(db: Database) -> None:
    """Keep who is on shift and how members like to be told, what is known of customers, and more.

    The script stands in `team_tables`, a part for each noun.
    """
    for script in team_tables.SCRIPTS:
        _run(db, script)


@migrations()
def m005_the_past(db: Database) -> None:
    """Keep how far files of old posts were read, and make the full-text index one of all times.

    The script stands in `archive_tables`, a part for each noun.
    """
    for script in archive_tables.SCRIPTS:
        _run(db, script)
