"""What a row of the tables is: a rule, a chain, a change to it, and what the rule then says."""

from collections.abc import Callable

from tests.compliance.chains import Chain, Edit

Table = list[tuple[str, Callable[[], Chain], Edit, str | None]]
"""The last is a part of what is said, None where nothing is found."""
