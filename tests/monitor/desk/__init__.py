"""Tests of `monitor.desk`."""
