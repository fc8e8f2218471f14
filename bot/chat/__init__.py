"""What the desk says and hears in a chat: cards, taps and commands, whatever shows them."""
