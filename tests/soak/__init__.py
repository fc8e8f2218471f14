"""Every platform at once for half an hour, with faults that were written down beforehand."""
