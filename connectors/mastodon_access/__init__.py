"""Mastodon behind its connector: servers, streams, payloads."""
