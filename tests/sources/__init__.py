"""What the platforms showed against what the store holds, under bad luck."""
