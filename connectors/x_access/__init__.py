"""X behind its connector: the client, the payloads, the money."""
