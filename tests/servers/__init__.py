"""Loopback servers that stand in for the platforms; they bind 127.0.0.1 and stop by themselves."""
