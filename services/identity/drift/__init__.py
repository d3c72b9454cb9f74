"""Whether a person's record is still the one that their identity was proofed against.

Owns the table `proofed_demographics`, which holds a keyed hash of each field and no value of it.
May import the other modules of `identity` and what stands below them.
"""
