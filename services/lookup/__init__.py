"""From an id to the thing that it names, and from a thing to its timeline.

Owns no table. May import `diagnosis` and what stands below it.
"""
