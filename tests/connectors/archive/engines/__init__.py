"""Reading with several processes and machines, some of which die."""
