"""One way of judging a text per file."""
