"""Files at presigned addresses: which of them may be asked for, and how they are read.

May import what `metriport` may.
"""
