"""Floor 4: the command line. Parse, call the service, print; every exit code is decided here."""

import gc

_NEW_OBJECTS = 100_000
"""How many objects come about before Python looks for those that nobody needs: its 700 make it look some hundred times
while modules are imported, where all is needed. A twelfth of the time of `assess`, which is why it stands here, before
anything else is imported."""
gc.set_threshold(_NEW_OBJECTS)
