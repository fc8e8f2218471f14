"""A year of a team's work, played through the real desk and checked by the reference."""
