"""The only room that speaks SQL: one SQLite file, one file of code per noun."""
