"""The demo: its stage, its script, its picture."""
