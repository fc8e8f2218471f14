"""What is begun before it is known what is wanted of it."""
