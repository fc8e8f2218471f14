"""How Hacker News is reached through its search, and what that answers."""
