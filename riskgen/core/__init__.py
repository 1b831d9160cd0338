"""Floor 0: what is decided and why. Pure: no clock, file, database or Word."""
