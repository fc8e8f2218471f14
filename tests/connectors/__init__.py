"""Connectors, each against its real client library over HTTP on loopback."""
