"""The account's settings: where webhooks go, under which key, and how that fares."""

import secrets
from datetime import datetime
from typing import Any

from services.ids import new_id
from services.sandbox.store import Store


class Account:
    """Owner of the table `setting`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def open(self, now: datetime, webhook_url: str | None, webhook_key: str | None) -> bool:
        """Make the account where there is none yet; whether it was made.

        An account whose webhooks still go to the first URL it was given follows a new one: the
        program beside it listens on another port now.
        """
        if self._get("id"):
            stands = self.webhook_url
            if webhook_url and stands and stands == self._get("first_webhook_url"):
                self._set(webhook_url=webhook_url, first_webhook_url=webhook_url)
            return False
        self._set(
            id=new_id(now),
            opened_at=now.isoformat(),
            signing_key=secrets.token_hex(32),
            webhook_url=webhook_url,
            first_webhook_url=webhook_url,
            webhook_key=webhook_key or secrets.token_urlsafe(32),
        )
        return True

    @property
    def opened_at(self) -> datetime:
        """When the account was made."""
        return datetime.fromisoformat(self._get("opened_at") or "")

    @property
    def signing_key(self) -> str:
        """What presigned URLs are signed with."""
        return self._get("signing_key") or ""

    @property
    def webhook_url(self) -> str | None:
        """Where webhooks go."""
        return self._get("webhook_url")

    @property
    def webhook_key(self) -> str:
        """What webhooks are signed with; empty while the URL is cleared."""
        return self._get("webhook_key") or ""

    @property
    def delivery_error(self) -> str | None:
        """What went wrong with the latest delivery, if anything."""
        return self._get("delivery_error")

    def point_webhooks_at(self, url: str | None) -> None:
        """Set the URL; clearing it and setting it again makes a new key."""
        key = (self._get("webhook_key") or secrets.token_urlsafe(32)) if url else None
        self._set(webhook_url=url, webhook_key=key, delivery_error=None)

    def note_delivery(self, error: str | None) -> None:
        """Remember how the latest delivery went."""
        self._set(delivery_error=error)

    def wire(self) -> dict[str, Any]:
        """The wire form of the settings."""
        key = self._get("webhook_key")
        return {"id": self._get("id"), "webhookUrl": self.webhook_url, "webhookKey": key}

    def _get(self, name: str) -> str | None:
        row = self._store.row("SELECT value FROM setting WHERE name = ?", (name,))
        return row["value"] if row else None

    def _set(self, **values: str | None) -> None:
        with self._store.writing() as db:
            db.executemany("INSERT OR REPLACE INTO setting VALUES (?, ?)", list(values.items()))
