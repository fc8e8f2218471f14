"""The six languages."""
