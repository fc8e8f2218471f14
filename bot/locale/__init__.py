"""The six languages of the interface: a catalogue each, and the words of ours in them."""
