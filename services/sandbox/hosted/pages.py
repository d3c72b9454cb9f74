"""The hosted pages as they are kept: each opens in one browser only, and expires."""

import json
import sqlite3
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from services.sandbox.store import Store

PENDING, COMPLETED, FAILED, ABANDONED = "pending", "completed", "failed", "abandoned"


@dataclass(frozen=True)
class HostedPage:
    """The page of an identity session (`ids_…`) or of an AAL2 challenge (`aalc_…`).

    Only a challenge has `identity_id` and `method`. `browser` is the cookie of the browser that
    opened the page; no other browser may use it. `expires_at` is aware UTC.
    """

    id: str
    token: str = field(repr=False)
    patient_id: str
    redirect_url: str
    expires_at: datetime
    identity_id: str | None = None
    metadata: dict[str, str] = field(default_factory=dict)
    method: str | None = None
    state: str = PENDING
    browser: str | None = field(default=None, repr=False)
    wrong_codes: int = 0


class HostedPages:
    """Owner of the table `hosted_page`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, page: HostedPage) -> None:
        """Add a page."""
        sql = """INSERT INTO hosted_page (id, token, patient_id, identity_id, redirect_url,
                 metadata, method, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"""
        with self._store.writing() as db:
            db.execute(sql, _row(page))

    def get(self, token: str) -> HostedPage | None:
        """The page of a URL, or None."""
        row = self._store.row("SELECT * FROM hosted_page WHERE token = ?", (token,))
        return _page(row) if row else None

    def enter(self, page: HostedPage, browser: str) -> bool:
        """Give the page to `browser` if it is the first; returns whether it is."""
        # One statement checks and sets: two browsers at the same moment cannot both be first.
        return self._changed("browser = ?", (browser,), page, "browser IS NULL")

    def end(self, page: HostedPage, state: str) -> bool:
        """Set the final state of a pending page; returns False if it had one already."""
        return self._changed("state = ?", (state,), page, "state = 'pending'")

    def count_wrong_code(self, page: HostedPage) -> None:
        """Count a wrong code."""
        self._changed("wrong_codes = wrong_codes + 1", (), page, "1")

    def _changed(self, columns: str, values: tuple[Any, ...], page: HostedPage, where: str) -> bool:
        with self._store.writing() as db:
            sql = f"UPDATE hosted_page SET {columns} WHERE id = ? AND {where}"
            return db.execute(sql, (*values, page.id)).rowcount == 1


def _row(page: HostedPage) -> tuple[Any, ...]:
    return (
        page.id,
        page.token,
        page.patient_id,
        page.identity_id,
        page.redirect_url,
        json.dumps(page.metadata),
        page.method,
        page.expires_at.timestamp(),
    )


def _page(row: sqlite3.Row) -> HostedPage:
    columns = {name: row[name] for name in row.keys()}  # noqa: SIM118 - iterating gives values
    columns["metadata"] = json.loads(columns["metadata"])
    columns["expires_at"] = datetime.fromtimestamp(columns["expires_at"], UTC)
    return HostedPage(**columns)
