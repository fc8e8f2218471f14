"""How right the judge is: labelled posts and what it said of them → figures, each with doubt."""
