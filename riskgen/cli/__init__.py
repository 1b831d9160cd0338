"""Floor 4: the command line. Parse, call the service, print; every exit code is decided here."""
