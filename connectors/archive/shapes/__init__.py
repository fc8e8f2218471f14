"""What the records of archives look like: one file per shape; `known.py` lists them."""
