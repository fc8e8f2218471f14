"""Tests of `connectors.archive`."""
