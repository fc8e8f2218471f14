"""The roof: chat, command line, jobs and the daemon."""
