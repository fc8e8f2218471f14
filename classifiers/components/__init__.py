"""The components of the judge's spaCy pipeline; importing `registry` makes spaCy know them."""
