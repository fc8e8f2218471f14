"""Starts the command line: `python -m bot` is `mentiondesk`."""

from bot.cli.main import run

if __name__ == "__main__":
    run()
