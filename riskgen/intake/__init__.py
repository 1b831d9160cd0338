"""Floor 2: what is known of a visit, from files, options and the terminal, made into one `Intake`."""
