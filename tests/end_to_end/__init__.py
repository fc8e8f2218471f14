"""The whole desk as a real process, between a Reddit and a Bot API on loopback."""
