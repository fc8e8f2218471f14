"""Tests of what names a brand and what is a copy."""
