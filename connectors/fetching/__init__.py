"""Plain HTTP for platforms without a library of their own: bounded in size, time and place."""
