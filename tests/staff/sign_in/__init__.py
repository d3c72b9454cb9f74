"""Sign-in, staff sessions and how they end."""
