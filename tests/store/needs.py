"""What a method of a service needs of the log."""

from enum import Enum, auto


class Needs(Enum):
    """What a method needs of the log; without it, it raises `LogUnavailable`."""

    WRITING = auto()
    READING = auto()
    NOTHING = auto()


W, R, N = Needs.WRITING, Needs.READING, Needs.NOTHING
