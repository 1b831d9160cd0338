"""A visit that may go ahead, as each of the five policies has one: what it is for, and who goes."""

ROUTINE = {
    "bchs": ("attendance", ("S-07", "S-12")),
    "st-patricks": ("attendance", ("S-07", "S-12")),
    "heather-avenue": ("reception-induction", ("S-05", "S-04")),
    "le-rocquier": ("school-refusal", ("S-08",)),
    "robert-ogden": ("return-to-school", ("S-05", "S-07")),
}
