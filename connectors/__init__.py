"""One platform per file, found by its name."""
