"""Webhooks: the messages kept, their bodies, and the thread that delivers them.

Owns the table `message`.
"""
