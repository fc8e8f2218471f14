"""The built-in feed, a file for each language, and the code that reads such files."""
