"""Tests of `monitor.intake`."""
