"""The Bluesky connector on a real atproto network; skipped where none is installed."""
