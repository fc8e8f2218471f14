"""Builds the shipped judge from the corpus: needs torch and more, which the judge does without."""
