"""Makes the link that a person is sent next: to a verification, or to a multifactor challenge."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from sqlmodel import Session

from services.addresses import LINK_PATH, RETURN_PATHS
from services.clock import Clock
from services.errors import NotReady, UpstreamBroken, UpstreamError
from services.identity.access_facts import AAL2, IDENTITY, facts_of
from services.identity.access_state import (
    IdentityState,
    Limits,
    identity_state,
    why_not_ready,
)
from services.identity.duplicates import UPSTREAM_IDS, expect_duplicate
from services.identity.hosted_urls import origin_of
from services.identity.link_statuses import PENDING, SUBMITTING, UNDECIDED, status_after
from services.identity.patient_links import PatientLinks, SentWay
from services.identity.updates import SESSION_ID_KEY, is_about_identity, mark_inactive
from services.ids import checked_id, new_id
from services.metriport.client import MetriportClient
from services.metriport.schemas import Aal2Challenge as Challenge
from services.metriport.schemas import IdentitySession as Verification
from services.staff.audit import Audit
from services.staff.permissions import Actor, Permission
from services.store import Duplicate, Store, lock_person
from services.store.tables import Aal2Challenge, IdentitySession, PatientLink

_VERIFICATION_LASTS = timedelta(hours=1)
_CHALLENGE_LASTS = timedelta(minutes=15)
"""How long a link is offered where upstream does not say when it expires."""

_SEND = Permission.LINKS_SEND.value

Answer = TypeVar("Answer", Verification, Challenge)
Row = TypeVar("Row", IdentitySession, Aal2Challenge)


@dataclass(frozen=True)
class SentLink:
    """A link to hand to the person. Its URL is shown once: the log keeps only a hash.

    `target` is the id of our row of the page that it leads to.
    """

    kind: str
    patient_id: str
    target: str
    url: str = field(repr=False)
    expires_at: datetime


class LinkSender:
    """Asks upstream for links: writes the intent first, then what upstream answered."""

    def __init__(
        self,
        store: Store,
        client: MetriportClient,
        audit: Audit,
        links: PatientLinks,
        limits: Limits,
        public_url: str,
        clock: Clock,
    ) -> None:
        self._store = store
        self._client = client
        self._audit = audit
        self._links = links
        self._limits = limits
        self._public_url = public_url
        self._clock = clock

    def return_url(self, kind: str) -> str:
        """Where upstream sends the browser back to."""
        return self._public_url + RETURN_PATHS[kind]

    def send_verification(self, actor: Actor, patient_id: str) -> SentLink:
        """A link with which the person proves who they are.

        Raises an `UpstreamError`, which the log keeps; the person then has no new link.
        """
        self._audit.require(actor, Permission.LINKS_SEND, patient_id)
        now = self._clock()
        row = IdentitySession(
            id=new_id(now),
            patient_id=checked_id(patient_id),
            status=SUBMITTING,
            created_by_id=actor.id,
            created_by=actor.name,
            created_at=now,
        )
        self._write_intent(actor, row, IDENTITY)
        metadata = {SESSION_ID_KEY: row.id}
        answer = self._ask(
            row,
            lambda: self._client.create_identity_session(
                patient_id, self.return_url(IDENTITY), metadata
            ),
        )
        return self._keep(row, lambda: self._keep_verification(row, answer))

    def send_challenge(self, actor: Actor, patient_id: str) -> SentLink:
        """A link with which the person satisfies a multifactor challenge.

        Raises `NotReady` without an active identity, or an `UpstreamError`, which the log keeps.
        """
        self._audit.require(actor, Permission.LINKS_SEND, patient_id)
        identity_id, now = self._require_identity(actor, checked_id(patient_id)), self._clock()
        row = Aal2Challenge(
            id=new_id(now),
            patient_id=patient_id,
            proofed_identity_id=identity_id,
            status=SUBMITTING,
            created_by_id=actor.id,
            created_by=actor.name,
            created_at=now,
        )
        self._write_intent(actor, row, AAL2)
        answer = self._ask(
            row,
            lambda: self._client.create_aal2_challenge(
                identity_id, self.return_url(AAL2), patient_id=patient_id
            ),
        )
        return self._keep(row, lambda: self._keep_challenge(row, answer))

    def mark_sent(self, actor: Actor, link: SentLink, way: SentWay) -> None:
        """Keep that a link was handed out, and how; raises `NotPermitted`."""
        self._audit.require(actor, Permission.LINKS_SEND, link.patient_id)
        with self._store.write() as session:
            self._links.mark_sent(session, link.target, way)
            self._note(
                session,
                actor,
                "sent",
                link.patient_id,
                (link.kind, link.target),
                {"way": way.value},
            )

    def withdraw(self, actor: Actor, link: SentLink | PatientLink) -> None:
        """End this link before anybody has used it; a newer one that has replaced it stays.

        Raises `NotPermitted`, and `NotReady` where it cannot be used any more.
        """
        self._audit.require(actor, Permission.LINKS_SEND, link.patient_id)
        with self._store.write() as session:
            if not self._links.withdraw(session, link.kind, link.patient_id, link.target):
                raise NotReady(
                    "The link cannot be withdrawn any more: it was opened, replaced or withdrawn, "
                    "or it has expired.",
                    kept="Nothing was changed.",
                )
            self._note(session, actor, "withdrawn", link.patient_id, (link.kind, link.target))

    def _require_identity(self, actor: Actor, patient_id: str) -> str:
        """The id of the person's active identity; raises `NotReady`, and notes it, without one."""
        now = self._clock()
        with self._store.read() as session:
            facts = facts_of(session, [patient_id])[patient_id]
        if facts.identity and identity_state(facts, now) is IdentityState.VERIFIED:
            return facts.identity.id
        reason = why_not_ready(facts, self._limits, now)
        details = {"kind": AAL2, "reason": reason}
        self._audit.note(actor, _SEND, outcome="not ready", patient_id=patient_id, details=details)
        raise NotReady(reason)

    def _write_intent(self, actor: Actor, row: Row, kind: str) -> None:
        with self._store.write() as session:
            session.add(row)
            self._note(session, actor, "asked", row.patient_id, (kind, row.id))

    def _note(
        self,
        session: Session,
        actor: Actor,
        outcome: str,
        patient_id: str,
        link: tuple[str, str],
        details: dict[str, str] | None = None,
    ) -> None:
        """Add what became of a link, given by its kind and target, to the transaction."""
        kind, target = link
        of = (f"{kind} link", target)
        self._audit.append(
            session, actor, _SEND, outcome=outcome, patient_id=patient_id, of=of, details=details
        )

    def _ask(self, row: Row, call: Callable[[], Answer]) -> Answer:
        """Upstream's answer; an error is kept in the row, and goes on.

        Raises `NotReady` where upstream says that the identity is not active any more.
        """
        try:
            return call()
        except UpstreamError as error:
            self._keep_error(type(row), row.id, error)
            if isinstance(row, Aal2Challenge) and _is_inactive(error):
                raise _inactive() from error
            raise

    def _keep_error(self, table: type[Row], row_id: str, error: UpstreamError) -> None:
        with self._store.write() as session:
            row = session.get_one(table, row_id, with_for_update=True)
            # A webhook may have come meanwhile, and knows better.
            if row.status in UNDECIDED:
                row.status = status_after(error)
                row.keep_error(error)
                session.add(row)
            if isinstance(row, Aal2Challenge) and _is_inactive(error):
                mark_inactive(session, row.proofed_identity_id, self._clock())

    def _keep(self, row: Row, keep: Callable[[], SentLink]) -> SentLink:
        """The link that `keep` makes of upstream's answer; an unusable answer is kept as an error.

        Raises `UpstreamBroken` for an address that no browser opens, and for an id that upstream
        gave out before: it belongs to another row of ours.
        """
        try:
            return keep()
        except Duplicate as duplicate:
            expect_duplicate(duplicate, *UPSTREAM_IDS)
            error = UpstreamBroken("Metriport answered with a link that it gave out before.")
        except UpstreamBroken as broken:
            error = broken
        self._keep_error(type(row), row.id, error)
        raise error

    def _keep_verification(self, sent: IdentitySession, answer: Verification) -> SentLink:
        with self._store.write() as session:
            lock_person(session, sent.patient_id)
            row = session.get_one(IdentitySession, sent.id, with_for_update=True)
            row.session_id = answer.session_id
            if row.status in UNDECIDED:
                row.status = answer.status or PENDING
            row.expires_at = self._expiry(answer, _VERIFICATION_LASTS)
            session.add(row)
            return self._make_link(session, IDENTITY, row, answer.session_url)

    def _keep_challenge(self, sent: Aal2Challenge, answer: Challenge) -> SentLink:
        with self._store.write() as session:
            lock_person(session, sent.patient_id)
            row = session.get_one(Aal2Challenge, sent.id, with_for_update=True)
            row.challenge_id, row.status, row.method = answer.challenge_id, PENDING, answer.method
            row.expires_at = self._expiry(answer, _CHALLENGE_LASTS)
            session.add(row)
            return self._make_link(session, AAL2, row, answer.challenge_url)

    def _expiry(self, answer: Verification | Challenge, otherwise: timedelta) -> datetime:
        """When the hosted page ends, by our clock in UTC; where unknown, `otherwise` from now."""
        if answer.expires_at is None:
            return self._clock() + otherwise
        return self._client.in_our_time(answer.expires_at)

    def _make_link(self, session: Session, kind: str, row: Row, url: str) -> SentLink:
        if not origin_of(url):
            raise UpstreamBroken("Metriport answered with an address that no browser can open.")
        token = self._links.issue(session, kind, row, url)
        expires_at = row.expires_at or row.created_at
        return SentLink(
            kind, row.patient_id, row.id, self._public_url + LINK_PATH + token, expires_at
        )


def _is_inactive(error: UpstreamError) -> bool:
    return is_about_identity(error, brought_session=False)


def _inactive() -> NotReady:
    return NotReady(
        "Metriport says that the person’s identity is not active any more.",
        kept="No challenge was made. The identity counts as inactive from now on.",
        next_step="The person has to verify again: send a verification link.",
    )
