"""Reading listings that come newest first and in pages, without losing a post."""
