"""Tests of the judge's measurement."""
