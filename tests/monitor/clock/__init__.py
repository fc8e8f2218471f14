"""Tests of the clock, against examples and a slow minute-by-minute reference."""
