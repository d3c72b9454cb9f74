"""What a person may ask for of the log: their data as a file, and its erasure; incident packets.

Owns no table. An erasure empties columns of the tables of `identity` and `webhooks`.
"""
