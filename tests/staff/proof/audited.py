"""An access log with events in it, and somebody who tampers with it."""

from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa
from sqlmodel import col, select

from services.staff.audit import Audit
from services.staff.permissions import Role
from services.staff.proof.anchors import Anchors, SignedHead
from services.staff.proof.segments import Segments
from services.staff.proof.signing import SigningKeys
from services.staff.proof.verification import Verdict, verify_log
from services.store import Store
from services.store.audit_chain import hash_event, read_stretch
from services.store.audit_guards import drop_guards
from services.store.tables import AuditAnchor
from tests.clock import FakeClock
from tests.staff_members import AlwaysSignedIn, make_actor

SAM = make_actor("Sam Support", Role.SUPPORT)
SEEDS = ["A" * 42 + "A", "B" * 42 + "A", "C" * 42 + "A"]
"""Private keys, as `SIGNING_KEY` takes them."""

YEARS = timedelta(days=6 * 366)


class Audited:
    """Everything that writes and verifies an access log."""

    def __init__(self, store: Store, clock: FakeClock) -> None:
        self.store = store
        self.clock = clock
        self.keys = SigningKeys(SEEDS[:1])
        self.audit = Audit(store, clock, AlwaysSignedIn())
        self.anchors = Anchors(store, clock, self.keys, "desk-1/7/start")
        self.segments = Segments(store, clock, self.audit, self.keys, YEARS)

    def write(self, events: int, action: str = "query.view") -> None:
        """Append so many events, a second apart."""
        for number in range(events):
            self.clock.forward(seconds=1)
            of = ("query", f"q-{number}")
            self.audit.note(SAM, action, patient_id=f"p-{number}", of=of, details={"n": number})

    def write_months(self, months: int, events: int) -> None:
        """Append so many events in each of so many months."""
        for _ in range(months):
            self.write(events)
            self.clock.forward(days=31)

    def anchored(self) -> list[AuditAnchor]:
        """The anchors, the oldest first."""
        with self.store.read() as session:
            return list(session.exec(select(AuditAnchor).order_by(col(AuditAnchor.id))).all())

    def verify(self, *heads: SignedHead) -> Verdict:
        """The verdict on the log as it is now."""
        *_, verdict = verify_log(self.store, self.keys, heads)
        assert isinstance(verdict, Verdict)
        return verdict

    def tamper(self, *statements: str) -> None:
        """Run statements as somebody who may do anything in the database."""
        with self.store.engine.execution_options(writes=True).begin() as connection:

            def execute(statement: str) -> None:
                connection.execute(sa.text(statement))

            drop_guards(execute, connection.dialect.name)
            if connection.dialect.name == "sqlite":
                for act in ("update", "delete"):
                    execute(f"DROP TRIGGER audit_subject_no_{act}")
            for statement in statements:
                execute(statement)

    def chain_anew(self, first: int, last: int | None = None) -> None:
        """Make the hashes of some events anew, and without `last` the head, as a forger would."""
        with self.store.read() as session:
            rows = [row for batch in read_stretch(session, 0, last or 2**62) for row in batch]
        previous, changes = "", []
        for row in rows:
            own = row["hash"] if row["seq"] < first else hash_event(row, previous)
            changes.append(
                f"UPDATE audit_event SET previous_hash = '{previous}', hash = '{own}' "
                f"WHERE seq = {row['seq']} AND seq >= {first}"
            )
            previous = own
        if last is None:
            changes.append(f"UPDATE audit_head SET hash = '{previous}'")
        with self.store.engine.execution_options(writes=True).begin() as connection:
            for statement in changes:
                connection.execute(sa.text(statement))


def renumber(first: int, last: int, by: int) -> Sequence[str]:
    """Statements that move events to other numbers; never onto one that is taken."""
    away = f"UPDATE audit_event SET seq = -seq WHERE seq BETWEEN {first} AND {last}"
    back = f"UPDATE audit_event SET seq = -seq + {by} WHERE seq < 0"
    # Rows that name these events would keep them where they are.
    return ("DELETE FROM audit_subject", away, back)
