"""What a desk's own taps teach the judge: settled, fitted, put on trial, kept."""
