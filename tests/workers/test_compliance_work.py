"""The worker of compliance: its steps, and that none stops another."""

import pytest

from services.errors import LogUnavailable
from services.workers.compliance_work import ComplianceWork


def fail() -> int:
    raise ValueError("Jane Doe")


def out_of_reach() -> int:
    raise LogUnavailable("The log did not answer.")


def test_a_round_is_every_step_and_answers_how_much_was_done() -> None:
    work = ComplianceWork({"one": lambda: 2, "other": lambda: 0, "third": lambda: 3})
    assert work.step() == 5


def test_a_step_that_fails_stops_no_other(caplog: pytest.LogCaptureFixture) -> None:
    assert ComplianceWork({"one": fail, "other": lambda: 1}).step() == 1
    assert "compliance: one: ValueError" in caplog.text and "Jane" not in caplog.text


def test_a_log_that_does_not_answer_ends_the_round() -> None:
    done: list[int] = []
    work = ComplianceWork({"one": out_of_reach, "other": lambda: done.append(1) or 1})
    with pytest.raises(LogUnavailable):
        work.step()
    assert not done
