"""Floor 1: text files in and out. Reading YAML, holding it against a schema, cleaning text, publishing."""
