"""How the databases find what is due: by an index, also among ten million rows."""

from datetime import timedelta

import pytest

from services.compliance.retention.due import KINDS
from services.compliance.retention.holds import Held, Stretch
from services.compliance.retention.kinds import Kind
from services.compliance.retention.purge import _next
from services.compliance.retention.stays import Policy
from tests.compliance.retention.life import KEEPS, Archive
from tests.plans import plans_of

_SMALL = {"review_sample", "legal_hold", "consent_text"}
"""A row a week, or a few in all: these are read whole."""


def _policy(archive: Archive, held: Held) -> Policy:
    now = archive.clock()
    return Policy(now - KEEPS.log, now - KEEPS.bodies, held)


@pytest.mark.parametrize("kind", KINDS, ids=[f"{kind.name} by {kind.at.key}" for kind in KINDS])
@pytest.mark.parametrize("is_held", [False, True])
def test_what_is_due_is_found_by_an_index(archive: Archive, kind: Kind, is_held: bool) -> None:
    now = archive.clock()
    stretch = Stretch(now - timedelta(days=9), now)
    some = Held(frozenset({"p"}), frozenset({stretch}), frozenset({("q", stretch)}))
    policy = _policy(archive, some if is_held else Held())

    def read() -> None:
        with archive.store.read() as session:
            session.exec(_next(kind, policy, (now, "x"))).all()

    plan = plans_of(archive.store, read)
    assert plan
    scans = [step for step in plan if step.startswith(("SCAN", "Seq Scan"))]
    # Only what has a row a week, or a constant, is read whole.
    assert not [step for step in scans if not any(name in step for name in _SMALL)], plan


@pytest.mark.parametrize("kind", KINDS, ids=[f"{kind.name} by {kind.at.key}" for kind in KINDS])
def test_what_goes_with_it_is_found_by_an_index(archive: Archive, kind: Kind) -> None:
    from sqlmodel import select

    policy = _policy(archive, Held())
    for part in kind.parts:
        wanted = select(part.table).where(part.belong(["k"], policy))

        def read(wanted: object = wanted) -> None:
            with archive.store.read() as session:
                session.exec(wanted).all()  # type: ignore[call-overload]

        plan = plans_of(archive.store, read)
        assert not [step for step in plan if step.startswith(("SCAN", "Seq Scan"))], plan
