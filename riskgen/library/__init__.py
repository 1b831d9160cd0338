"""Floor 2: what schools write down (`data/`) read, checked and made into the plain nouns of the core."""
