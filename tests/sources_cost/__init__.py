"""What polling costs: requests and dollars, counted on platforms on loopback."""
