"""Which brands a text names, and which texts are copies of one another; pure."""
