"""Tests of what stands behind the Mastodon connector."""
