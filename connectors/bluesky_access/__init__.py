"""What the Bluesky connector is made of: the stream and its sieve, requests, payloads."""
