"""What a feed holds, which of it is new, and what the next reading must know of this one."""
