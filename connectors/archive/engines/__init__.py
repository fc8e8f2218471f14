"""Who reads archives: processes of this machine, or a cluster."""
