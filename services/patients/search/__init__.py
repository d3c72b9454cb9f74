"""How people are found: what was typed, taken apart; other spellings; names kept in memory.

Upstream compares whole words only. Everything here makes up for that, and stores nothing.
"""
