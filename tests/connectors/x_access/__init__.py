"""X behind its connector."""
