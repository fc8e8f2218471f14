"""Tests of what makes text of markup."""
