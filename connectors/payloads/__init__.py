"""What platforms send, read field by field."""
