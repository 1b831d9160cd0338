"""Floor 3: the use cases. Owns the clock, the paths, and what is written when."""
