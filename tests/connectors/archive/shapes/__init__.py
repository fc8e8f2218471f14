"""Records of every shape become mentions."""
