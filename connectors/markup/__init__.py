"""Texts that come in a markup language, as a reader sees them."""
