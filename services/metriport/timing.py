"""How long calls to the upstream take at most, and what follows from it elsewhere."""

from datetime import timedelta

CONNECT_SECONDS = 5.0
"""To a connection, and to a free place among those that are open."""

START_SECONDS = 30.0
"""To the answer of a call that starts or changes something; it is sent once."""

READ_SECONDS = 20.0
"""To the answer of a read, repetitions and the waits between them included: a person waits."""

ATTEMPT_SECONDS = 8.0
"""To the answer of one attempt of a read, so that its time is enough for another one."""

LOST_AFTER = timedelta(minutes=2)
"""Whoever asked has stopped without writing an answer down, if there is none after this time.

Far longer than the longest call, so that a slow process is not taken for one that has stopped.
"""
