"""Tells an open page whether what it shows has changed, so that it is drawn again only then.

Asking leaves no trace, so nobody may ask about what they were not shown: each page gets a seal with
what it shows, and asks with it.
"""

from collections.abc import Callable
from datetime import timedelta
from hashlib import blake2b, sha256
from hmac import compare_digest
from time import monotonic

from services.staff.audit import Audit
from services.staff.permissions import Actor, Permission
from services.store import Store
from services.store.log_change import Subject, read_version

__all__ = ["Changes", "Subject"]

_NEEDED = {
    Subject.PATIENT: Permission.PATIENTS_VIEW,
    Subject.QUERY: Permission.QUERIES_VIEW,
    Subject.STAFF: Permission.QUERIES_VIEW,
    Subject.WEBHOOK: Permission.WEBHOOKS_VIEW,
    Subject.RUN: Permission.QUERIES_VIEW,
    Subject.REVIEW: Permission.IAS_REVIEW,
}
"""What the page that shows the subject asks for as well."""

_HEALTH_GOOD_FOR = timedelta(seconds=3)


class Changes:
    """Reads the table `log_change`; `health` answers what a verdict says of upstream itself.

    Seals are made with the first of the secret keys, and hold with each of them.
    """

    def __init__(
        self,
        store: Store,
        audit: Audit,
        health: Callable[[], object],
        secret_keys: list[str],
    ) -> None:
        self._store = store
        self._audit = audit
        self._health = health
        self._keys = [sha256(b"access-desk seal:" + key.encode()).digest() for key in secret_keys]
        self._known: tuple[float, object] | None = None

    def version(self, actor: Actor, subject: Subject, key: str = "") -> str:
        """A text that differs once something that is shown of the subject has changed.

        It says nothing else, so it leaves no trace. One indexed statement, whatever the size of the
        log. Of the staff everybody asks for themselves: `key` does not matter. Raises
        `NotPermitted`.
        """
        whose = key if subject is Subject.PATIENT else None
        self._audit.require(actor, _NEEDED[subject], whose)
        if subject is Subject.STAFF:
            key = actor.id
        with self._store.read() as session:
            seen: object = read_version(session, subject, key)
        if subject in (Subject.PATIENT, Subject.WEBHOOK):
            # A verdict also speaks of upstream, and so does the page of its deliveries.
            seen = seen, self._current_health()
        return blake2b(repr(seen).encode(), digest_size=8).hexdigest()

    def seal(self, actor: Actor, subject: Subject, key: str = "") -> str:
        """What a page asks with that was drawn for `actor` and shows the subject."""
        return _sealed(self._keys[0], actor, subject, key)

    def is_sealed(self, seal: str, actor: Actor, subject: Subject, key: str = "") -> bool:
        """Whether a page with this seal was drawn for `actor` and shows the subject."""
        given = seal.encode()
        return any(
            compare_digest(given, _sealed(secret, actor, subject, key).encode())
            for secret in self._keys
        )

    def _current_health(self) -> object:
        """Asked of the log once for all open pages."""
        now = monotonic()
        if self._known is None or now - self._known[0] > _HEALTH_GOOD_FOR.total_seconds():
            self._known = (now, self._health())
        return self._known[1]


def _sealed(secret: bytes, actor: Actor, subject: Subject, key: str) -> str:
    sealed = repr((actor.tag, subject.value, key)).encode()
    return blake2b(sealed, key=secret, digest_size=16).hexdigest()
