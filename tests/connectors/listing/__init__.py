"""Reading down a listing, against listings kept in memory."""
