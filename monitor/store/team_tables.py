"""The tables of the fourth step of the schema, noun by noun; once shipped they are never edited."""

MEMBERS = """
ALTER TABLE members ADD COLUMN language TEXT; -- NULL: the chat's
ALTER TABLE members ADD COLUMN reachable INTEGER NOT NULL DEFAULT 0 CHECK (reachable IN (0, 1));
"""

SCRIPTS = (MEMBERS,)
