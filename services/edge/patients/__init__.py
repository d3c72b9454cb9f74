"""What patients see: the pages of their links, of their return, and of their consent.

Owns no table. May import what `services.edge` may.
"""
