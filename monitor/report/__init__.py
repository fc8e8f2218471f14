"""What a day came to: figures for people, computed from what is stored."""
