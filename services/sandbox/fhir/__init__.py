"""The clinical records of the sandbox's people as FHIR R4: codes, a catalogue, a course of life.

Nothing is stored here: a record is computed from its patient whenever it is read, and is the same
every time.
"""
