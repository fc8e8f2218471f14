"""The tables of the fourth step of the schema, noun by noun; once shipped they are never edited."""

MEMBERS = """
ALTER TABLE members ADD COLUMN language TEXT; -- NULL: the chat's
ALTER TABLE members ADD COLUMN reachable INTEGER NOT NULL DEFAULT 0 CHECK (reachable IN (0, 1));
"""

CHATS = """
ALTER TABLE chats ADD COLUMN language TEXT; -- picked in the chat; NULL: the settings'
"""

POLICIES = """
ALTER TABLE policies ADD COLUMN mode TEXT NOT NULL DEFAULT 'now'
    CHECK (mode IN ('now', 'recompute', 'restart')); -- what became of the items open then
ALTER TABLE policies ADD COLUMN applied_at TEXT; -- NULL: some of them are still to be moved
UPDATE policies SET applied_at = created_at;
ALTER TABLE results ADD COLUMN policy TEXT; -- its name; NULL: fixed before this was kept
ALTER TABLE results ADD COLUMN allowed_s REAL; -- the target it was held to; NULL likewise

DROP VIEW v_clocks;
CREATE VIEW v_clocks AS
SELECT item_id, target, cycle, started_at, due_at, ended_at, customer_wait_s, team_time_s,
       breached, counted, proven, policy_version, 1 AS frozen, policy, allowed_s
FROM results
UNION ALL
SELECT id, target, NULL, opened_at, due_at, NULL, NULL, NULL, NULL,
       NOT found_late, NULL, NULL, 0, policy, NULL
FROM items
WHERE state NOT IN ('resolved', 'void') AND muted = 0 AND target IS NOT NULL;
"""

MATTERS = """
ALTER TABLE items ADD COLUMN topic TEXT; -- of its oldest post that has one; NULL: not known
ALTER TABLE items ADD COLUMN urgency INTEGER CHECK (urgency IN (0, 1, 2)); -- highest of its posts
ALTER TABLE items ADD COLUMN churn_risk REAL; -- highest of its posts
UPDATE items SET
    urgency = (SELECT max(posts.urgency) FROM item_posts JOIN posts ON posts.id = post_id
        WHERE item_id = items.id AND deleted_at IS NULL),
    churn_risk = (SELECT max(posts.churn_risk) FROM item_posts JOIN posts ON posts.id = post_id
        WHERE item_id = items.id AND deleted_at IS NULL),
    topic = (SELECT posts.topic FROM item_posts JOIN posts ON posts.id = post_id
        WHERE item_id = items.id AND deleted_at IS NULL AND posts.topic IS NOT NULL
        ORDER BY posts.topic = 'other', posts.posted_at, posts.id LIMIT 1);
DROP INDEX items_due;
CREATE INDEX items_due ON items (due_at, urgency DESC, churn_risk DESC)
    WHERE state NOT IN ('resolved', 'void') AND muted = 0;

DROP VIEW v_items;
CREATE VIEW v_items AS
SELECT items.id, items.brand, items.platform, items.thread, items.author_handle AS author,
       items.state, members.name AS owner, items.policy, items.policy_version,
       items.posted_at, items.opened_at AS seen_at, items.target, items.due_at,
       items.answer_at, items.answer_url, items.answer_proven,
       items.found_late, items.muted, items.void_reason,
       items.topic, items.urgency, items.churn_risk
FROM items LEFT JOIN members ON members.id = items.owner;
"""

SHIFTS = """
ALTER TABLE members ADD COLUMN private_off INTEGER NOT NULL DEFAULT 0
    CHECK (private_off IN (0, 1)); -- wants no private messages, whatever they write to the bot

CREATE TABLE shift_changes ( -- what members made of the plan of the settings
    id INTEGER PRIMARY KEY,
    comes INTEGER REFERENCES members (id), -- is on shift; NULL: nobody comes
    goes INTEGER REFERENCES members (id), -- is not; NULL: nobody goes
    chat TEXT, -- for the brands of this chat; NULL: for all
    since TEXT NOT NULL,
    until TEXT NOT NULL,
    made_by INTEGER NOT NULL REFERENCES members (id),
    made_at TEXT NOT NULL,
    undone_at TEXT,
    CHECK (comes IS NOT NULL OR goes IS NOT NULL)
) STRICT;
CREATE INDEX shift_changes_until ON shift_changes (until) WHERE undone_at IS NULL;

CREATE TABLE held_notices ( -- told later: nobody is on shift, or the chat wants quiet
    item_id INTEGER NOT NULL REFERENCES items (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    notice TEXT NOT NULL, -- JSON
    chat TEXT NOT NULL,
    why TEXT NOT NULL, -- "quiet", "nobody" or "nowhere"
    until TEXT NOT NULL,
    PRIMARY KEY (item_id, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX held_notices_until ON held_notices (until);
"""

SAVED_REPLIES = """
CREATE TABLE saved_replies (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    folded TEXT NOT NULL, -- the name in the one spelling under which it is found
    language TEXT NOT NULL,
    topic TEXT, -- NULL: any
    brands TEXT NOT NULL DEFAULT '[]', -- JSON; empty: all
    apology TEXT NOT NULL,
    remedy TEXT NOT NULL,
    short TEXT NOT NULL DEFAULT '',
    link TEXT NOT NULL DEFAULT '',
    file_print TEXT, -- of what the file said when it was last taken over; NULL: not in the file
    changed_at TEXT NOT NULL,
    member INTEGER REFERENCES members (id), -- who changed it last; NULL: the file
    deleted_at TEXT,
    UNIQUE (folded, language)
) STRICT;

CREATE TABLE saved_uses (
    reply_id INTEGER PRIMARY KEY REFERENCES replies (id) ON DELETE CASCADE,
    saved_id INTEGER NOT NULL REFERENCES saved_replies (id) ON DELETE CASCADE,
    picked_at TEXT NOT NULL
) STRICT;
CREATE INDEX saved_uses_saved ON saved_uses (saved_id);
"""

SURGES = """
CREATE TABLE surges (
    id INTEGER PRIMARY KEY,
    brand TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('brand', 'topic', 'phrase')),
    subject TEXT NOT NULL DEFAULT '', -- the topic, or the folded words
    shown TEXT NOT NULL DEFAULT '', -- the words as somebody wrote them
    began_at TEXT NOT NULL, -- the first post of the hour in which it was found
    found_at TEXT NOT NULL,
    expected REAL NOT NULL, -- people in an hour that are usual at that time of the week
    people INTEGER NOT NULL, -- in the last hour, when last looked at
    peak INTEGER NOT NULL, -- most people in an hour
    told_peak INTEGER NOT NULL, -- as the alert shows it
    lasted_until TEXT NOT NULL, -- when it was last as large as a surge
    ended_at TEXT,
    silenced_until TEXT,
    silenced_by INTEGER REFERENCES members (id)
) STRICT;
CREATE INDEX surges_open ON surges (brand) WHERE ended_at IS NULL;
CREATE INDEX surges_lasted ON surges (lasted_until);

CREATE TABLE surge_items (
    surge_id INTEGER NOT NULL REFERENCES surges (id) ON DELETE CASCADE,
    item_id INTEGER NOT NULL REFERENCES items (id) ON DELETE CASCADE,
    shown_at TEXT NOT NULL, -- when somebody who works through the surge was last given it
    member INTEGER REFERENCES members (id),
    PRIMARY KEY (surge_id, item_id)
) STRICT, WITHOUT ROWID;
"""

CUSTOMERS = """
CREATE TABLE customer_notes (
    id INTEGER PRIMARY KEY,
    platform TEXT NOT NULL,
    author_key TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('note', 'preference', 'tag')),
    text TEXT NOT NULL,
    item_id INTEGER REFERENCES items (id) ON DELETE SET NULL, -- on which it was written
    member INTEGER NOT NULL REFERENCES members (id),
    at TEXT NOT NULL,
    ended_at TEXT, -- deleted then; its text goes when that can no longer be undone
    ended_by INTEGER REFERENCES members (id)
) STRICT;
CREATE INDEX customer_notes_of ON customer_notes (platform, author_key);
CREATE UNIQUE INDEX customer_tags ON customer_notes (platform, author_key, text)
    WHERE kind = 'tag' AND ended_at IS NULL;
CREATE INDEX customer_notes_ended ON customer_notes (ended_at) WHERE text <> '';

CREATE TABLE customer_links (
    id INTEGER PRIMARY KEY,
    platform TEXT NOT NULL,
    author_key TEXT NOT NULL,
    other_platform TEXT NOT NULL,
    other_key TEXT NOT NULL,
    member INTEGER NOT NULL REFERENCES members (id),
    at TEXT NOT NULL,
    ended_at TEXT,
    ended_by INTEGER REFERENCES members (id)
) STRICT;
CREATE INDEX customer_links_one ON customer_links (platform, author_key);
CREATE INDEX customer_links_other ON customer_links (other_platform, other_key);
"""

PROMISES = """
CREATE TABLE promises (
    id INTEGER PRIMARY KEY,
    item_id INTEGER NOT NULL REFERENCES items (id) ON DELETE CASCADE,
    member INTEGER NOT NULL REFERENCES members (id), -- who made it
    text TEXT NOT NULL,
    made_at TEXT NOT NULL,
    due_at TEXT NOT NULL,
    next_at TEXT, -- when the team must be told of it; NULL: no more
    told TEXT CHECK (told IN ('soon', 'past')), -- the last of it
    outcome TEXT CHECK (outcome IN ('kept', 'late', 'broken', 'dropped')), -- NULL: it stands
    settled_at TEXT,
    settled_by INTEGER REFERENCES members (id)
) STRICT;
CREATE INDEX promises_item ON promises (item_id);
CREATE INDEX promises_standing ON promises (due_at) WHERE outcome IS NULL;
CREATE INDEX promises_next ON promises (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX promises_due ON promises (due_at);
CREATE INDEX items_merged_into ON items (merged_into) WHERE merged_into IS NOT NULL;
"""

FIGURES = """
CREATE INDEX results_due ON results (due_at);
CREATE INDEX events_claimed ON events (at) WHERE kind = 'claimed';
DROP INDEX items_author;
CREATE INDEX items_author ON items (platform, author_key, posted_at);
"""

SCRIPTS = (
    MEMBERS,
    CHATS,
    POLICIES,
    MATTERS,
    SHIFTS,
    SAVED_REPLIES,
    SURGES,
    CUSTOMERS,
    PROMISES,
    FIGURES,
)
