"""`backfill file` beside what people write by hand: programs, each run as a process of its own."""
