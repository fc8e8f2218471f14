"""Reddit's payloads and feeds, as recorded and as made up."""
