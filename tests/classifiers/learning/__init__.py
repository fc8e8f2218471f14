"""Tests of what a desk's taps teach the judge."""
