"""Sign-in at the company's provider: OpenID Connect's code flow with PKCE, by Authlib's client."""

import asyncio
import hmac
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx2
from authlib.integrations.starlette_client import OAuthError
from cryptography.fernet import InvalidToken

from services.clock import Clock
from services.errors import ProviderUnavailable, SignInRefused
from services.staff.members import StaffMember
from services.staff.sign_in.provider_client import (
    Arrival,
    Departure,
    EndedThere,
    ProviderClient,
    Refusal,
)
from services.staff.sign_in.provider_document import ProviderDocument
from services.staff.sign_in.provider_tokens import ProviderTokens
from services.staff.sign_in.role_claims import RoleRule, email_of, shown_name
from services.store.columns import STAFF_ID_LENGTH
from services.vault import Vault

_LASTS = timedelta(minutes=10)
"""How long somebody may take at the provider."""

_LONGEST_SUBJECT = 255
_LONGEST_WANTED = 1500
"""Characters of the wanted address: a cookie holds 4,096 bytes, and it is encrypted in one."""

_SECONDS = 15.0
"""How long everything that one return asks of the provider may take."""

_WRONG = (httpx2.HTTPError, httpx2.InvalidURL, ValueError, KeyError, TypeError, TimeoutError)


@dataclass(frozen=True)
class _Begun:
    """A sign-in that has begun, as the browser keeps it, encrypted."""

    state: str
    nonce: str
    verifier: str
    wanted: str
    until: float


class Provider:
    """Sends people to the provider, and says who comes back.

    Its methods ask the provider over the network, and never block the event loop. They raise
    `ProviderUnavailable` where it does not answer as it should.
    """

    def __init__(self, client: ProviderClient, rule: RoleRule, vault: Vault, clock: Clock) -> None:
        self.client = client
        self.rule = rule
        self._vault = vault
        self._clock = clock
        self._document = ProviderDocument(client, clock)
        self._tokens = ProviderTokens(client, self._document, clock)
        self._used: dict[str, datetime] = {}

    async def depart(self, wanted: str) -> Departure:
        """Begin a sign-in that leads to the local address `wanted`."""
        app = await self._document.app()
        begun = await app.create_authorization_url(self.client.redirect_url)
        until = (self._clock() + _LASTS).timestamp()
        wanted = wanted if len(wanted) <= _LONGEST_WANTED else "/"
        kept = _Begun(begun["state"], begun["nonce"], begun["code_verifier"], wanted, until)
        secret = self._vault.encrypt(json.dumps(asdict(kept)).encode())
        return Departure(begun["url"], kept.state, secret.decode())

    async def arrive(self, answer: Mapping[str, str], secret: str) -> Arrival:
        """Who comes back, by what the provider put into the address and what the browser kept.

        Raises `SignInRefused`. An arrival without any role is one as well.
        """
        # An error lets nobody in, whoever sends it; some providers leave out the state with it.
        self._check_answer(answer)
        begun = self._begun(answer, secret)
        self._use_up(begun)
        try:
            async with asyncio.timeout(_SECONDS):
                return await self._arrival(begun, answer["code"])
        except OAuthError:
            raise _refused("The provider does not take the code.", Refusal.CODE) from None
        except _WRONG as error:
            what = f"The sign-in provider did not answer as it should ({type(error).__name__})."
            raise ProviderUnavailable(what) from None

    async def sign_out_url(self, id_token: str) -> str | None:
        """The provider's page that ends its own session too; None where it offers none."""
        app = await self._document.app()
        if "end_session_endpoint" not in app.server_metadata:
            return None
        made = await app.create_logout_url(
            post_logout_redirect_uri=self.client.signed_out_url,
            id_token_hint=id_token,
            client_id=self.client.client_id,
        )
        return str(made["url"])

    async def ended(self, logout_token: str) -> EndedThere:
        """Whose sessions the provider says are over; raises `SignInRefused` for a wrong token."""
        return await self._tokens.logout_token(logout_token)

    def remember(self, ended: EndedThere) -> None:
        """Take a logout token for used, now that its sessions were ended."""
        self._tokens.remember(ended)

    def _begun(self, answer: Mapping[str, str], secret: str) -> _Begun:
        try:
            begun = _Begun(**json.loads(self._vault.decrypt(secret.encode("utf-8", "replace"))))
        except (InvalidToken, ValueError, TypeError):
            raise _refused("This browser has begun no such sign-in.", Refusal.UNKNOWN) from None
        if self._clock().timestamp() >= begun.until:
            raise _refused("The sign-in took too long.", Refusal.EXPIRED)
        if not hmac.compare_digest(answer.get("state", "").encode(), begun.state.encode()):
            raise _refused("The provider’s answer belongs to another sign-in.", Refusal.STATE)
        if begun.state in self._used:
            raise _refused("This sign-in was finished already.", Refusal.UNKNOWN)
        return begun

    def _check_answer(self, answer: Mapping[str, str]) -> None:
        # RFC 9207: a provider that names itself in the answer protects against mixing up two.
        if answer.get("iss", self.client.issuer) != self.client.issuer:
            raise _refused("Another provider has answered.", Refusal.ISSUER)
        if answer.get("error") == "access_denied":
            raise _refused("The sign-in was cancelled at the provider.", Refusal.CANCELLED)
        if answer.get("error"):
            raise _refused("The provider reports an error.", Refusal.PROVIDER)
        if not answer.get("code"):
            raise _refused("The provider’s answer is not complete.", Refusal.CODE)

    def _use_up(self, begun: _Begun) -> None:
        """Remember in this process that it came back; the provider takes its code once anyway."""
        now = self._clock()
        known = {state: at for state, at in self._used.items() if now - at < _LASTS}
        self._used = known | {begun.state: now}

    async def _arrival(self, begun: _Begun, code: str) -> Arrival:
        app = await self._document.app()
        token = await app.fetch_access_token(
            redirect_uri=self.client.redirect_url, code=code, code_verifier=begun.verifier
        )
        id_token = str(token["id_token"])
        claims = await self._tokens.id_token(id_token, begun.nonce, str(token["access_token"]))
        roles = self.rule.roles(claims)
        if roles is None:
            more = await self._more_claims(token, claims["sub"])
            # What was signed counts, where both say something.
            claims = more | claims
            roles = self.rule.roles(more) or []
        sid = claims.get("sid")
        short_sid = sid if isinstance(sid, str) and 0 < len(sid) <= _LONGEST_SUBJECT else None
        return Arrival(self._member(claims), roles, begun.wanted, id_token, short_sid)

    async def _more_claims(self, token: Mapping[str, Any], subject: str) -> dict[str, Any]:
        """What the provider's userinfo endpoint adds, if it has one and means the same person."""
        app = await self._document.app()
        if "userinfo_endpoint" not in app.server_metadata:
            return {}
        more = dict(await app.userinfo(token=token))
        if more.get("sub") != subject:
            raise _refused("The provider names two different people.", Refusal.CLAIMS)
        return more

    def _member(self, claims: Mapping[str, Any]) -> StaffMember:
        issuer, subject = self.client.issuer, str(claims["sub"])
        member = StaffMember(issuer, subject, shown_name(claims) or "Nameless", email_of(claims))
        fits = 0 < len(subject) <= _LONGEST_SUBJECT and len(member.id) <= STAFF_ID_LENGTH
        if not fits or not subject.isprintable():
            raise _refused("The provider’s id of the person does not fit.", Refusal.CLAIMS)
        return member


def _refused(what: str, why: Refusal) -> SignInRefused:
    return SignInRefused(what, why.value)
