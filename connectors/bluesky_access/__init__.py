"""Bluesky behind its connector: the stream, the search, the payloads."""
