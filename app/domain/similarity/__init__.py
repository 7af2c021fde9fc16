"""Which issues say the same, and what effort the like of an issue was estimated at."""
