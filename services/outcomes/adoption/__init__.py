"""How far people get on the way to their records, and how many come back.

Owns the tables `person_steps` and `test_person`.
"""
