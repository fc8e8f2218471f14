"""Measurements with their yardsticks: one file each, started by `mentiondesk bench`."""
