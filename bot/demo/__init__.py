"""The demo: the real desk, with the sample feed as its platform and made-up members."""
