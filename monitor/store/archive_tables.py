"""The tables of the fifth step of the schema, noun by noun; once shipped they are never edited."""

from monitor.store import full_text

ARCHIVES = """
CREATE TABLE archives ( -- files of old posts, and how far each was read
    id INTEGER PRIMARY KEY,
    identity TEXT NOT NULL, -- of what stands in the file, whatever it is called
    wanted TEXT NOT NULL, -- a digest of what was looked for in it
    path TEXT NOT NULL, -- as it was named last
    round INTEGER NOT NULL, -- which archives were asked for together, until all of them are read
    records INTEGER NOT NULL DEFAULT 0, -- the place up to which all is kept
    at_byte INTEGER NOT NULL DEFAULT 0,
    bad_lines INTEGER NOT NULL DEFAULT 0, -- up to there
    side_file TEXT, -- where its bad lines are written; NULL: nowhere
    damage TEXT, -- why it could not be read further
    began_at TEXT NOT NULL,
    touched_at TEXT NOT NULL,
    done_at TEXT, -- NULL: it is not read to its end
    UNIQUE (identity, wanted)
) STRICT;
CREATE INDEX archives_round ON archives (round);

CREATE TABLE side_files ( -- what bad lines are written to: so much of it is certain
    path TEXT PRIMARY KEY,
    length INTEGER NOT NULL -- bytes
) STRICT, WITHOUT ROWID;
"""

SAMPLES = """
CREATE TABLE samples ( -- posts of the latest rehearsal that a person may judge
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE, -- of a post that the desk need not have
    body TEXT NOT NULL, -- JSON: the post, its brands, and what the judge said of it
    drawn_at TEXT NOT NULL
) STRICT;
"""

SCRIPTS = (ARCHIVES, SAMPLES, full_text.SCRIPT)
