"""The links that people are sent, from the first look at one to the browser's way back.

A token has 256 bits and is kept as a hash. Looking changes nothing that matters, because mail
scanners look; Continue consumes the link and binds the browser to it by a signed cookie; only that
browser's return counts, and only the first.
"""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlsplit

from cryptography.fernet import InvalidToken
from itsdangerous import BadSignature, URLSafeTimedSerializer
from sqlmodel import Session, col, select, update

from services.aal2_sessions import Aal2Sessions, fingerprint
from services.access_facts import AAL2, IDENTITY
from services.clock import Clock
from services.store import Duplicate, Store, lock_person
from services.store.tables import Aal2Challenge, Aal2Session, IdentitySession, PatientLink
from services.vault import Vault

COOKIE_MAX_AGE = timedelta(days=1)
VERIFIED = "verified"
"""The one status of a return that is documented."""

_LONGEST_STATUS = 60
_MOST_TARGETS = 8
_GRACE = timedelta(minutes=10)
_MIXED_UP = "two people in one browser"
"""What is noted in place of a status that is nobody's for certain."""


class LinkState(StrEnum):
    """What a link is good for."""

    READY = "ready"
    UNKNOWN = "unknown"
    USED = "used"
    EXPIRED = "expired"
    REPLACED = "replaced"


class Back(StrEnum):
    """What a browser's return means."""

    RECEIVED = "received"
    SATISFIED = "satisfied"
    DECLINED = "declined"
    WAITING = "waiting"
    AMBIGUOUS = "ambiguous"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Look:
    """A link as the person sees it. `destination` is the origin that Continue leads to."""

    state: LinkState
    kind: str = IDENTITY
    destination: str = ""


@dataclass(frozen=True)
class Visit:
    """A person on their way: where to, and the cookie that says who comes back."""

    kind: str
    url: str = field(repr=False)
    cookie: str = field(repr=False)


class PatientLinks:
    """Owns the table `patient_link`."""

    def __init__(
        self, store: Store, vault: Vault, aal2: Aal2Sessions, secret_keys: list[str], clock: Clock
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

    def issue(
        self, session: Session, kind: str, row: IdentitySession | Aal2Challenge, url: str
    ) -> str:
        """The token of a new link to `url`; earlier ones of the kind that nobody used die."""
        lock_person(session, row.patient_id)
        now, token = self._clock(), secrets.token_urlsafe(32)
        earlier = update(PatientLink).where(col(PatientLink.patient_id) == row.patient_id)
        earlier = earlier.where(col(PatientLink.kind) == kind)
        earlier = earlier.where(col(PatientLink.continued_at).is_(None))
        earlier = earlier.where(col(PatientLink.revoked_at).is_(None))
        session.exec(earlier.values(revoked_at=now, url=None))
        link = PatientLink(
            token_hash=_hash(token),
            kind=kind,
            target=row.id,
            patient_id=row.patient_id,
            url=self._vault.encrypt(url.encode()),
            created_by=row.created_by,
            created_at=now,
            expires_at=row.expires_at or now,
        )
        session.add(link)
        return token

    def look(self, token: str) -> Look:
        """What the link is, without using it up."""
        # Anybody can ask about tokens, so asking writes nothing but the first look at a good one.
        with self._store.read() as session:
            link = session.get(PatientLink, _hash(token))
        if link is None:
            return Look(LinkState.UNKNOWN)
        state = _state(link, self._clock())
        if state is not LinkState.READY:
            return Look(state, link.kind)
        if link.opened_at is None:
            self._note_first_look(link.token_hash)
        url = self._clear(link)
        return Look(state, link.kind, _origin(url)) if url else Look(LinkState.EXPIRED, link.kind)

    def follow(self, token: str, cookie: str | None = None) -> Visit | LinkState:
        """Use the link up: where to send this browser, or why it cannot be used.

        `cookie` is what an earlier link of the kind has set in this browser.
        """
        look = self.look(token)
        if look.state is not LinkState.READY:
            return look.state
        now = self._clock()
        with self._store.write() as session:
            link = session.get_one(PatientLink, _hash(token), with_for_update=True)
            # Another browser may have been faster since the look.
            if (state := _state(link, now)) is not LinkState.READY:
                return state
            url = self._clear(link)
            if url is None:
                return LinkState.EXPIRED
            link.continued_at, link.url = now, None
            target = _locked(session, link.kind, link.target)
            assert target is not None
            target.opened_at = now
            session.add_all([link, target])
        return Visit(link.kind, url, self._signed(link.kind, link.target, cookie))

    def back_from_identity(self, cookie: str | None, status: str | None) -> Back:
        """The browser came back from the proofing; whether it passed only a webhook says."""
        targets = self._targets(IDENTITY, cookie)
        now = self._clock()
        with self._store.write() as session:
            rows = _expected(session, IDENTITY, targets, now)
            if not rows:
                return Back.UNKNOWN
            if _is_one_person(rows):
                _come_back(session, rows[-1], status, now)
        return Back.RECEIVED

    def back_from_challenge(
        self, cookie: str | None, status: str | None, credential: str | None
    ) -> Back:
        """The browser came back from the challenge, with an AAL2 session if it was satisfied.

        Without a word of upstream it is a page that was opened again: that changes nothing.
        """
        targets = self._targets(AAL2, cookie)
        if not targets:
            return Back.UNKNOWN
        try:
            with self._store.write() as session:
                rows = _expected(session, AAL2, targets, self._clock())
                return self._taken_in(session, rows, status, credential)
        except Duplicate:
            # The same session id at the same moment through another link.
            return Back.DECLINED

    def sweep(self, session: Session, now: datetime) -> int:
        """Erase where expired links lead; answers how many."""
        over = update(PatientLink).where(col(PatientLink.expires_at) <= now)
        return session.exec(over.where(col(PatientLink.url).is_not(None)).values(url=None)).rowcount

    def _note_first_look(self, token_hash: str) -> None:
        with self._store.write() as session:
            first = update(PatientLink).where(col(PatientLink.token_hash) == token_hash)
            first = first.where(col(PatientLink.opened_at).is_(None))
            session.exec(first.values(opened_at=self._clock()))

    def _taken_in(
        self,
        session: Session,
        rows: Sequence[IdentitySession | Aal2Challenge],
        status: str | None,
        credential: str | None,
    ) -> Back:
        now, row = self._clock(), rows[-1] if rows else None
        if not isinstance(row, Aal2Challenge):
            return Back.UNKNOWN
        if status is None and credential is None:
            return _outcome(session, row, None)
        if not _is_one_person(rows):
            for one in rows:
                _come_back(session, one, _MIXED_UP, now)
            return Back.AMBIGUOUS
        if _come_back(session, row, status, now) and status == VERIFIED and credential:
            self._aal2.bind(session, row, credential, now)
            session.flush()
        return _outcome(session, row, credential)

    def _signed(self, kind: str, target: str, cookie: str | None) -> str:
        """The cookie of a browser that is on its way to `target`, and perhaps elsewhere too."""
        others = [one for one in self._targets(kind, cookie) if one != target]
        return str(self._signers[kind].dumps([*others, target][-_MOST_TARGETS:]))

    def _targets(self, kind: str, cookie: str | None) -> list[str]:
        """Where this browser was sent, oldest first; none for no cookie, a forged or an old one."""
        try:
            seconds = int(COOKIE_MAX_AGE.total_seconds())
            return [str(one) for one in self._signers[kind].loads(cookie or "", max_age=seconds)]
        except BadSignature:
            return []

    def _clear(self, link: PatientLink) -> str | None:
        try:
            return self._vault.decrypt(link.url or b"").decode()
        except InvalidToken:
            return None


def _come_back(
    session: Session, row: IdentitySession | Aal2Challenge, status: str | None, now: datetime
) -> bool:
    """Note the return, the first time; whether it was."""
    if row.returned_at is not None:
        return False
    row.returned_at = now
    row.returned_status = status[:_LONGEST_STATUS] if status else None
    session.add(row)
    return True


def _locked(session: Session, kind: str, target: str) -> IdentitySession | Aal2Challenge | None:
    if kind == IDENTITY:
        return session.get(IdentitySession, target, with_for_update=True)
    return session.get(Aal2Challenge, target, with_for_update=True)


def _expected(
    session: Session, kind: str, targets: list[str], now: datetime
) -> Sequence[IdentitySession | Aal2Challenge]:
    """What a browser's return may belong to, the likeliest last.

    That are the pages that it was sent to and has not come back from, as long as they can be
    finished; else the newest.
    """
    rows = [row for one in sorted(targets) if (row := _locked(session, kind, one))]
    away = [row for row in rows if row.returned_at is None]
    fresh = [row for row in away if row.expires_at and now < row.expires_at + _GRACE]
    return fresh or away[-1:] or rows[-1:]


def _is_one_person(rows: Sequence[IdentitySession | Aal2Challenge]) -> bool:
    """Whether a return can be told whose it is.

    The address that browsers return to is the same for all, so nothing tells two people apart who
    are on their way in one browser.
    """
    return len({row.patient_id for row in rows}) == 1


def _outcome(session: Session, row: Aal2Challenge, credential: str | None) -> Back:
    """What became of a challenge, for whoever brings this session id, or none."""
    wanted = select(Aal2Session).where(col(Aal2Session.challenge_id) == row.id)
    bound = session.exec(wanted).first()
    if bound and (not credential or bound.fingerprint == fingerprint(credential)):
        return Back.SATISFIED
    if row.returned_status == _MIXED_UP:
        return Back.AMBIGUOUS
    return Back.DECLINED if row.returned_at else Back.WAITING


def _state(link: PatientLink, now: datetime) -> LinkState:
    if link.continued_at:
        return LinkState.USED
    if link.revoked_at:
        return LinkState.REPLACED
    return LinkState.EXPIRED if now >= link.expires_at else LinkState.READY


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
