"""The stock Word forms, written as code so that their look and their fields can be reviewed line by line."""
