"""What the provider publishes about itself: its addresses and its keys, cached for a while."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import httpx2
from authlib.integrations.starlette_client import OAuth
from authlib.integrations.starlette_client.apps import StarletteOAuth2App
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from services.clock import Clock
from services.errors import ProviderUnavailable
from services.setting_values import is_on_this_machine
from services.staff.sign_in.provider_client import ProviderClient

_SECONDS = 5.0
"""How long one request to the provider may wait."""

_ALL_SECONDS = 15.0
"""How long everything that one page asks of the provider may take."""

_KEPT = timedelta(hours=1)
_REST_AFTER_FAILURE = timedelta(seconds=3)
_REST_BETWEEN_KEYS = timedelta(seconds=10)
"""A made-up key id must not make this program ask the provider at every request."""

_WELL_KNOWN = "/.well-known/openid-configuration"
_NEEDED = ("authorization_endpoint", "token_endpoint", "jwks_uri")
_WANTED = (*_NEEDED, "userinfo_endpoint", "end_session_endpoint")
_ASYMMETRIC = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
_ASYMMETRIC_TOO = ("EdDSA", "Ed25519")

for _noisy in ("authlib", "httpx2", "httpcore2"):
    # They write code verifiers, tokens and addresses with query strings.
    logging.getLogger(_noisy).setLevel(logging.WARNING)

_WRONG = (httpx2.HTTPError, httpx2.InvalidURL, JoseError, ValueError, KeyError, TypeError)
"""What an answer that cannot be used raises: no connection, no JSON, no keys, other types."""


class ProviderDocument:
    """The discovery document and the keys of one provider.

    Every method is safe to call from many tasks of one event loop, and never blocks it.
    """

    def __init__(self, client: ProviderClient, clock: Clock) -> None:
        self._client = client
        self._clock = clock
        self._verify = httpx2.create_ssl_context()
        self._lock = asyncio.Lock()
        self._app: StarletteOAuth2App | None = None
        self._keys: KeySet | None = None
        self._read_at: datetime | None = None
        self._keys_read_at: datetime | None = None
        self._failed_at: datetime | None = None

    async def app(self) -> StarletteOAuth2App:
        """Authlib's client, which knows the provider's addresses; raises `ProviderUnavailable`."""
        if self._app is None or self._is_past(self._read_at, _KEPT):
            async with self._lock:
                if self._app is None or self._is_past(self._read_at, _KEPT):
                    await self._asking(self._read)
        assert self._app is not None
        return self._app

    async def keys(self, *, again: bool = False) -> KeySet:
        """The keys that sign tokens; `again` after a key id that is not among them.

        Raises `ProviderUnavailable`.
        """
        await self.app()
        async with self._lock:
            stale = again and self._is_past(self._keys_read_at, _REST_BETWEEN_KEYS)
            if self._keys is None or stale:
                await self._asking(self._read_keys)
        assert self._keys is not None
        return self._keys

    async def algorithms(self) -> list[str]:
        """The signatures that are accepted: those of a key pair that the provider names.

        Never `none`, and never one with the client's secret, which is no secret of the provider's.
        """
        named = (await self.app()).server_metadata["algorithms"]
        return [name for name in named if name in (*_ASYMMETRIC, *_ASYMMETRIC_TOO)] or ["RS256"]

    def _is_past(self, moment: datetime | None, span: timedelta) -> bool:
        return moment is None or self._clock() - moment >= span

    async def _asking(self, read: Callable[[], Any]) -> None:
        """Read from the provider; for some seconds after a failure, raise without asking again."""
        if not self._is_past(self._failed_at, _REST_AFTER_FAILURE):
            raise ProviderUnavailable("The sign-in provider did not answer a moment ago.")
        try:
            async with asyncio.timeout(_ALL_SECONDS):
                await read()
        except (*_WRONG, TimeoutError) as error:
            self._failed_at = self._clock()
            what = f"The sign-in provider’s documents cannot be read ({type(error).__name__})."
            raise ProviderUnavailable(what) from None

    async def _read(self) -> None:
        app = self._make_app()
        document = dict(await app.load_server_metadata())
        if document.get("issuer") != self._client.issuer:
            raise ValueError("another issuer")
        known = {name: address_in(document, name, self._client.issuer) for name in _WANTED}
        if not all(known[name] for name in _NEEDED):
            raise ValueError("an address is missing")
        # Only what is known here: Authlib takes every other entry for an option of its client.
        app.server_metadata = {name: url for name, url in known.items() if url} | {
            "_loaded_at": True,
            "algorithms": list(document.get("id_token_signing_alg_values_supported") or []),
        }
        app.client_kwargs["token_endpoint_auth_method"] = _secret_goes(document)
        self._app, self._keys, self._read_at = app, None, self._clock()

    async def _read_keys(self) -> None:
        assert self._app is not None
        read = await self._app.fetch_jwk_set(force=True)
        self._keys, self._keys_read_at = KeySet.import_key_set(read), self._clock()

    def _make_app(self) -> StarletteOAuth2App:
        app: StarletteOAuth2App = OAuth().register(
            "provider",
            client_id=self._client.client_id,
            client_secret=self._client.client_secret,
            server_metadata_url=self._client.issuer.rstrip("/") + _WELL_KNOWN,
            client_kwargs={
                "scope": self._client.scopes,
                "code_challenge_method": "S256",
                "timeout": _SECONDS,
                # Made once: reading the certificates of the machine takes 20 ms each time.
                "verify": self._verify,
            },
        )
        return app


def address_in(document: Mapping[str, Any], name: str, issuer: str) -> str:
    """An address of the document; empty where it is missing. Raises `ValueError` for a wrong one.

    It is HTTPS, as the issuer is. Only an issuer on this machine may name others here by plain
    HTTP: one elsewhere would have this program ask its own neighbours.
    """
    url = str(document.get(name) or "")
    is_here = is_on_this_machine(issuer) and is_on_this_machine(url)
    if url and not url.startswith(("https://", "http://") if is_here else "https://"):
        raise ValueError("an address is not HTTPS")
    return url


def _secret_goes(document: dict[str, Any]) -> str:
    """How the client's secret is sent: as a header, or in the form where only that is taken."""
    supported = document.get("token_endpoint_auth_methods_supported") or []
    in_form = "client_secret_post" in supported and "client_secret_basic" not in supported
    return "client_secret_post" if in_form else "client_secret_basic"
