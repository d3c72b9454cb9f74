"""The links that people are sent: made, sent, withdrawn, looked at, used up.

A token has 256 bits and is kept as a hash. Looking changes nothing that matters, because mail
scanners look; Continue consumes the link and binds the browser to it by a signed cookie; only that
browser's return counts (`returns`).
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from cryptography.fernet import InvalidToken
from itsdangerous import BadData, URLSafeTimedSerializer
from sqlmodel import Session, col, select, update

from services.clock import Clock
from services.identity.aal2_sessions import Aal2Sessions
from services.identity.access_facts import AAL2, IDENTITY
from services.identity.consent.page_consents import PageConsents, Unagreed
from services.identity.duplicates import FINGERPRINT, expect_duplicate
from services.identity.hosted_urls import origin_of
from services.identity.returns import ReturnOutcome, Visited, from_challenge, from_identity, visited
from services.identity.tokens import fresh_token, token_hash
from services.store import Duplicate, Store, lock_person
from services.store.tables import Aal2Challenge, IdentitySession, PatientLink
from services.vault import Vault

COOKIE_MAX_AGE = timedelta(days=1)
_MOST_TARGETS = 8
"""Pages that the cookie remembers; browsers drop cookies above 4 kB."""


class LinkState(StrEnum):
    """Whether a link can be used, and if not, why."""

    READY = "ready"
    UNKNOWN = "unknown"
    USED = "used"
    EXPIRED = "expired"
    REPLACED = "replaced"
    WITHDRAWN = "withdrawn"


class SentWay(StrEnum):
    """How a link got to its person, as far as the staff has said."""

    COPIED = "copied"
    EMAIL = "email"
    TEXT_MESSAGE = "text_message"
    READ_ALOUD = "read_aloud"
    SCANNED = "scanned"
    OTHER = "other"


@dataclass(frozen=True)
class LinkView:
    """A link as the person sees it. `destination` is the origin that Continue leads to.

    `asks` says that its page asks the person to agree to the text before they continue.
    """

    state: LinkState
    kind: str = IDENTITY
    destination: str = ""
    asks: bool = False


@dataclass(frozen=True)
class Visit:
    """A person on their way: where to, and the cookie that tells whose browser comes back."""

    kind: str
    url: str = field(repr=False)
    cookie: str = field(repr=False)


class PatientLinks:
    """Owns the table `patient_link`."""

    def __init__(
        self,
        store: Store,
        vault: Vault,
        aal2: Aal2Sessions,
        secret_keys: list[str],
        clock: Clock,
        consents: PageConsents,
    ) -> None:
        self._store = store
        self._vault = vault
        self._aal2 = aal2
        # itsdangerous signs with the last key and accepts them all.
        self._signers = {
            kind: URLSafeTimedSerializer(secret_keys[::-1], salt=f"access-desk visit {kind}")
            for kind in (IDENTITY, AAL2)
        }
        self._clock = clock
        self._consents = consents

    def issue(self, session: Session, kind: str, row: Visited, url: str) -> str:
        """The token of a new link to `url`; the person's earlier unused links of the kind end."""
        lock_person(session, row.patient_id)
        now, token = self._clock(), fresh_token()
        earlier = update(PatientLink).where(col(PatientLink.patient_id) == row.patient_id)
        earlier = earlier.where(col(PatientLink.kind) == kind)
        earlier = earlier.where(col(PatientLink.continued_at).is_(None))
        earlier = earlier.where(col(PatientLink.revoked_at).is_(None))
        session.exec(earlier.values(revoked_at=now, url=None))
        link = PatientLink(
            token_hash=token_hash(token),
            kind=kind,
            target=row.id,
            patient_id=row.patient_id,
            url=self._vault.encrypt(url.encode()),
            created_by_id=row.created_by_id,
            created_by=row.created_by,
            created_at=now,
            expires_at=row.expires_at or now,
        )
        session.add(link)
        return token

    def mark_sent(self, session: Session, target: str, way: SentWay) -> None:
        """Keep that the link to `target` was sent, and how; the first time stays."""
        wanted = select(PatientLink).where(col(PatientLink.target) == target)
        link = session.exec(wanted.with_for_update()).one()
        link.sent_at = link.sent_at or self._clock()
        # Where it was copied to, somebody may say later or have said before.
        if way is not SentWay.COPIED or link.sent_by_way is None:
            link.sent_by_way = way.value
        session.add(link)

    def withdraw(self, session: Session, kind: str, patient_id: str, target: str) -> bool:
        """End the person's link to `target`; answers whether it could be used until now.

        The person then stands where they stood before the link. The hosted page that it led to
        cannot be ended upstream, but nobody has seen its address.
        """
        lock_person(session, patient_id)
        now = self._clock()
        wanted = select(PatientLink).where(col(PatientLink.patient_id) == patient_id)
        wanted = wanted.where(col(PatientLink.kind) == kind, col(PatientLink.target) == target)
        wanted = wanted.where(col(PatientLink.revoked_at).is_(None))
        wanted = wanted.where(col(PatientLink.continued_at).is_(None))
        wanted = wanted.where(col(PatientLink.expires_at) > now)
        link = session.exec(wanted.with_for_update()).first()
        if link is None:
            return False
        link.revoked_at = link.withdrawn_at = now
        link.url = None
        session.add(link)
        # Earlier pages too that nobody has opened: this link had replaced theirs.
        table = IdentitySession if kind == IDENTITY else Aal2Challenge
        unopened = update(table).where(col(table.patient_id) == patient_id)
        unopened = unopened.where(col(table.opened_at).is_(None), col(table.expires_at) > now)
        unopened = unopened.where(col(table.withdrawn_at).is_(None))
        session.exec(unopened.values(withdrawn_at=now))
        return True

    def look(self, token: str) -> LinkView:
        """What the link is, without using it up."""
        # Anybody can ask about any token, so only the first look at a usable link is written.
        with self._store.read() as session:
            link = session.get(PatientLink, token_hash(token))
            asks = link is not None and self._asks(session, link)
        if link is None:
            return LinkView(LinkState.UNKNOWN)
        state = link_state(link, self._clock())
        if state is not LinkState.READY:
            return LinkView(state, link.kind)
        if link.opened_at is None:
            self._note_first_look(link.token_hash)
        url = self._decrypt(link)
        if url is None:
            return LinkView(LinkState.EXPIRED, link.kind)
        return LinkView(state, link.kind, origin_of(url), asks)

    def follow(
        self, token: str, cookie: str | None = None, agreed: str | None = None
    ) -> Visit | LinkState | Unagreed:
        """Use the link up: where to send this browser, or why it cannot be used.

        `cookie` is what an earlier link of the kind has set in this browser. `agreed` is the hash
        of the text that the person ticked; where they have to and have not, nothing is used up.
        """
        look = self.look(token)
        if look.state is not LinkState.READY:
            return look.state
        now = self._clock()
        with self._store.write() as session:
            self._lock_owner(session, token)
            link = session.get_one(PatientLink, token_hash(token), with_for_update=True)
            # Another browser may have been faster since the look.
            if (state := link_state(link, now)) is not LinkState.READY:
                return state
            url = self._decrypt(link)
            if url is None:
                return LinkState.EXPIRED
            if unagreed := self._consents.take(session, link, agreed, now):
                return unagreed
            link.continued_at, link.url = now, None
            target = visited(session, link.kind, [link.target])[0]
            target.opened_at = now
            session.add_all([link, target])
        return Visit(link.kind, url, self._signed(link.kind, link.target, cookie))

    def back_from_identity(self, cookie: str | None, status: str | None) -> ReturnOutcome:
        """The browser came back from the proofing; whether it passed only a webhook says."""
        targets = self._targets(IDENTITY, cookie)
        with self._store.write() as session:
            return from_identity(session, targets, status, self._clock())

    def back_from_challenge(
        self, cookie: str | None, status: str | None, credential: str | None
    ) -> ReturnOutcome:
        """The browser came back from the challenge, with an AAL2 session if it was satisfied."""
        try:
            return self._take_return(cookie, status, credential)
        except Duplicate as duplicate:
            expect_duplicate(duplicate, FINGERPRINT)
            # The same session id came through another link at the same moment. That one is
            # committed, so the second try sees it and keeps this return without the session.
            return self._take_return(cookie, status, credential)

    def _take_return(
        self, cookie: str | None, status: str | None, credential: str | None
    ) -> ReturnOutcome:
        targets, now = self._targets(AAL2, cookie), self._clock()
        with self._store.write() as session:
            return from_challenge(session, self._aal2, targets, status, credential, now)

    def withdrawal_url(self, kind: str, cookie: str | None) -> str | None:
        """The lasting link by which the person at this browser withdraws what they agreed to.

        None where they agreed to nothing on the pages that the browser comes from.
        """
        targets = self._targets(kind, cookie)
        if not targets:
            return None
        table = IdentitySession if kind == IDENTITY else Aal2Challenge
        with self._store.read() as session:
            owners = session.exec(select(table.patient_id).where(col(table.id).in_(targets))).all()
            return self._consents.withdrawal_url(session, owners, targets, self._clock())

    def sweep(self, session: Session, now: datetime) -> int:
        """Erase the addresses of links that expired at `now` or earlier; answers how many."""
        over = update(PatientLink).where(col(PatientLink.expires_at) <= now)
        return session.exec(over.where(col(PatientLink.url).is_not(None)).values(url=None)).rowcount

    def _asks(self, session: Session, link: PatientLink) -> bool:
        return self._consents.asks(session, link.kind, link.patient_id, self._clock())

    def _lock_owner(self, session: Session, token: str) -> None:
        """Lock the person before their link, as `issue` does: no two may wait for one another."""
        wanted = select(PatientLink.patient_id)
        wanted = wanted.where(col(PatientLink.token_hash) == token_hash(token))
        lock_person(session, session.exec(wanted).one())

    def _note_first_look(self, token_hash: str) -> None:
        with self._store.write() as session:
            first = update(PatientLink).where(col(PatientLink.token_hash) == token_hash)
            first = first.where(col(PatientLink.opened_at).is_(None))
            session.exec(first.values(opened_at=self._clock()))

    def _signed(self, kind: str, target: str, cookie: str | None) -> str:
        """The cookie of a browser that is on its way to `target`, and perhaps elsewhere too."""
        others = [other for other in self._targets(kind, cookie) if other != target]
        return str(self._signers[kind].dumps([*others, target][-_MOST_TARGETS:]))

    def _targets(self, kind: str, cookie: str | None) -> list[str]:
        """Where this browser was sent; nowhere without a cookie, or with a forged or an old one."""
        seconds = int(COOKIE_MAX_AGE.total_seconds())
        try:
            targets = self._signers[kind].loads(cookie or "", max_age=seconds)
        except (BadData, UnicodeError):
            return []
        return [str(target) for target in targets]

    def _decrypt(self, link: PatientLink) -> str | None:
        try:
            return self._vault.decrypt(link.url or b"").decode()
        except InvalidToken:
            return None


def link_state(link: PatientLink, now: datetime) -> LinkState:
    """Whether the link can be used at `now`."""
    if link.continued_at:
        return LinkState.USED
    if link.withdrawn_at:
        return LinkState.WITHDRAWN
    if link.revoked_at:
        return LinkState.REPLACED
    return LinkState.EXPIRED if now >= link.expires_at else LinkState.READY
