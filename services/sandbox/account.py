"""The account's settings: the webhook URL and key, and the result of the latest delivery."""

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
        """Create the account if there is none; returns whether it did.

        `now` is aware UTC. Without a `webhook_key` one is made.
        """
        if self._get("id"):
            self._follow(webhook_url)
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

    def _follow(self, webhook_url: str | None) -> None:
        """Send webhooks to `webhook_url`, unless somebody has set another URL since the first.

        At each start the program names its own address; its port may have changed.
        """
        current = self.webhook_url
        if webhook_url and current and current == self._get("first_webhook_url"):
            self._set(webhook_url=webhook_url, first_webhook_url=webhook_url)

    @property
    def opened_at(self) -> datetime:
        """When the account was created (aware UTC)."""
        return datetime.fromisoformat(self._get("opened_at") or "")

    @property
    def signing_key(self) -> str:
        """The key that signs presigned URLs."""
        return self._get("signing_key") or ""

    @property
    def webhook_url(self) -> str | None:
        """The URL that webhooks are sent to; None while it is cleared."""
        return self._get("webhook_url")

    @property
    def webhook_key(self) -> str:
        """The key that signs webhooks; empty while the URL is cleared."""
        return self._get("webhook_key") or ""

    @property
    def delivery_error(self) -> str | None:
        """What went wrong with the latest delivery, if anything."""
        return self._get("delivery_error")

    def point_webhooks_at(self, url: str | None) -> None:
        """Set the webhook URL, or clear it."""
        # As documented: changing the URL keeps the key, clearing it and setting it again makes one.
        key = (self._get("webhook_key") or secrets.token_urlsafe(32)) if url else None
        self._set(webhook_url=url, webhook_key=key, delivery_error=None)

    def note_delivery(self, error: str | None) -> None:
        """Keep the error of the latest delivery, or that it had none."""
        self._set(delivery_error=error)

    def wire(self) -> dict[str, Any]:
        """The settings as the API answers them."""
        key = self._get("webhook_key")
        return {"id": self._get("id"), "webhookUrl": self.webhook_url, "webhookKey": key}

    def _get(self, name: str) -> str | None:
        row = self._store.row("SELECT value FROM setting WHERE name = ?", (name,))
        return row["value"] if row else None

    def _set(self, **values: str | None) -> None:
        with self._store.writing() as db:
            db.executemany("INSERT OR REPLACE INTO setting VALUES (?, ?)", list(values.items()))
