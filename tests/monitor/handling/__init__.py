"""Tests of `monitor.handling`."""
