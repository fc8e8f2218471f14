"""Files of old posts, of any shape and packing, read as fast as this machine allows."""
