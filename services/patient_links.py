"""The links that people are sent, from the first look at one to the browser's way back.

A token has 256 bits and is kept as a hash. Looking changes nothing that matters, because mail
scanners look; Continue consumes the link and binds the browser to it by a signed cookie; only that
browser's return counts, and only the first.
"""

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlsplit

from cryptography.fernet import InvalidToken
from itsdangerous import BadSignature, URLSafeTimedSerializer
from sqlmodel import Session, col, select, update

from services.aal2_sessions import Aal2Sessions
from services.access_facts import AAL2, IDENTITY
from services.clock import Clock
from services.store import Duplicate, Store
from services.store.tables import Aal2Challenge, Aal2Session, IdentitySession, PatientLink
from services.vault import Vault

COOKIE_MAX_AGE = timedelta(days=1)
VERIFIED = "verified"
"""The one status of a return that is documented."""

_LONGEST_STATUS = 60


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

    def follow(self, token: str) -> Visit | LinkState:
        """Use the link up: where to send this browser, or why it cannot be used."""
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
            target = _target(session, link)
            target.opened_at = now
            session.add_all([link, target])
        return Visit(link.kind, url, str(self._signers[link.kind].dumps(link.target)))

    def back_from_identity(self, cookie: str | None, status: str | None) -> Back:
        """The browser came back from the proofing; whether it passed only a webhook says."""
        target = self._visitor(IDENTITY, cookie)
        if target is None:
            return Back.UNKNOWN
        with self._store.write() as session:
            row = session.get(IdentitySession, target, with_for_update=True)
            if row is None:
                return Back.UNKNOWN
            _come_back(session, row, status, self._clock())
        return Back.RECEIVED

    def back_from_challenge(
        self, cookie: str | None, status: str | None, credential: str | None
    ) -> Back:
        """The browser came back from the challenge, with an AAL2 session if it was satisfied."""
        target = self._visitor(AAL2, cookie)
        if target is None:
            return Back.UNKNOWN
        try:
            return self._bind(target, status, credential)
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

    def _bind(self, target: str, status: str | None, credential: str | None) -> Back:
        now = self._clock()
        with self._store.write() as session:
            row = session.get(Aal2Challenge, target, with_for_update=True)
            if row is None:
                return Back.UNKNOWN
            first = _come_back(session, row, status, now)
            if first and status == VERIFIED and credential:
                self._aal2.bind(session, row, credential, now)
                session.flush()
            bound = select(Aal2Session).where(col(Aal2Session.challenge_id) == row.id)
            return Back.SATISFIED if session.exec(bound).first() else Back.DECLINED

    def _visitor(self, kind: str, cookie: str | None) -> str | None:
        """Whose return a cookie makes it; None for none, a forged or an old one."""
        try:
            seconds = int(COOKIE_MAX_AGE.total_seconds())
            return str(self._signers[kind].loads(cookie or "", max_age=seconds))
        except BadSignature:
            return None

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


def _target(session: Session, link: PatientLink) -> IdentitySession | Aal2Challenge:
    if link.kind == IDENTITY:
        return session.get_one(IdentitySession, link.target, with_for_update=True)
    return session.get_one(Aal2Challenge, link.target, with_for_update=True)


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
