"""Tests of what builds the shipped judge."""
