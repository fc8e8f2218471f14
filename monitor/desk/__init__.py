"""Pure: what happens to an item, and what a member may do to it."""
