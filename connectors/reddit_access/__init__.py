"""How Reddit is reached and what it answers: its API through PRAW, or its public feeds."""
