"""Many complain at once: what that costs the chat, on a clock of our own."""
