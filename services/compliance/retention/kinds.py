"""What a kind of rows is that is deleted by age: which are due, and what goes with them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement
from sqlmodel import SQLModel, select

from services.compliance.retention.stays import Policy, Test

Keys = Sequence[str]


@dataclass(frozen=True)
class Part:
    """Rows of a table that go with others: those that `belong` to the keys of the main rows."""

    table: type[SQLModel]
    belong: Callable[[Keys, Policy], ColumnElement[bool]]


@dataclass(frozen=True)
class Kind:
    """One kind of row that is deleted by age, oldest first.

    `at` is the column by which it ages, and has an index. `due` are further conditions. `parts` go
    first, in their order. Of a kind with `empties` the row stays, and only that column is emptied.
    """

    table: type[SQLModel]
    key: Any
    at: Any
    due: tuple[Test, ...] = ()
    parts: tuple[Part, ...] = ()
    empties: str = ""
    at_once: int = 300

    @property
    def name(self) -> str:
        """The table, and the column where only that is emptied."""
        table = str(self.table.__tablename__)
        return f"{table}.{self.empties}" if self.empties else table

    def select(self, policy: Policy) -> Any:
        """The SELECT of key and time of what is due, in no order yet."""
        cutoff = policy.bodies if self.empties else policy.log
        tests = [test(policy) for test in self.due]
        return select(self.key, self.at).where(self.at < cutoff, *tests)
