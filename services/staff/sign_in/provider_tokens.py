"""Checks the tokens that the provider signs: ID tokens, and those that say a session is over."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from authlib.oidc.core import CodeIDToken
from joserfc import jws, jwt
from joserfc.errors import BadSignatureError, ClaimError, InvalidKeyIdError, JoseError

from services.clock import Clock
from services.errors import SignInRefused
from services.staff.sign_in.provider_client import EndedThere, ProviderClient, Refusal
from services.staff.sign_in.provider_document import ProviderDocument

_LEEWAY = 60
"""Seconds by which the provider's clock may differ from ours."""

_LOGOUT_LASTS = 600
"""Seconds for which a token that ends a session counts, if it does not say so itself."""

_LOGOUT = "http://schemas.openid.net/event/backchannel-logout"
_LONGEST = 100_000
"""Characters of a token; somebody in a thousand groups has a long one."""

_WRONG_CLAIM = {
    "iss": Refusal.ISSUER,
    "aud": Refusal.AUDIENCE,
    "azp": Refusal.AUDIENCE,
    "nonce": Refusal.NONCE,
    "exp": Refusal.TOKEN_TIME,
    "iat": Refusal.TOKEN_TIME,
    "nbf": Refusal.TOKEN_TIME,
}


class ProviderTokens:
    """Reads tokens; what cannot be trusted raises `SignInRefused`."""

    def __init__(self, client: ProviderClient, document: ProviderDocument, clock: Clock) -> None:
        self._client = client
        self._document = document
        self._clock = clock
        self._ended: dict[str, datetime] = {}

    async def id_token(self, token: str, nonce: str, access_token: str) -> dict[str, Any]:
        """The claims of an ID token, checked as OpenID Connect Core 3.1.3.7 says.

        Raises `SignInRefused` and `ProviderUnavailable`.
        """
        signed = await self._signed(token)
        params = {"nonce": nonce, "client_id": self._client.client_id, "access_token": access_token}
        claims = CodeIDToken(signed.claims, signed.header, self._ours(), params)
        try:
            claims.validate(self._seconds(), _LEEWAY)
        except ClaimError as error:
            raise _refused(_WRONG_CLAIM.get(error.claim, Refusal.CLAIMS)) from None
        return dict(claims)

    async def logout_token(self, token: str) -> EndedThere:
        """Whose sessions are over, as OpenID Connect Back-Channel Logout 2.6 says.

        Raises `SignInRefused`, also for one that was used already, and `ProviderUnavailable`.
        """
        signed = await self._signed(token)
        claims = signed.claims
        try:
            options = self._ours() | {"iat": {"essential": True}, "jti": {"essential": True}}
            jwt.JWTClaimsRegistry(self._seconds(), _LEEWAY, **options).validate(claims)
        except JoseError:
            raise _refused(Refusal.CLAIMS) from None
        if not self._is_logout(signed.header, claims) or claims["jti"] in self._ended:
            raise _refused(Refusal.CLAIMS)
        return EndedThere(claims["jti"], _text(claims.get("sub")), _text(claims.get("sid")))

    def remember(self, ended: EndedThere) -> None:
        """Take a logout token for used, now that it was carried out."""
        now = self._clock()
        # Longer than one counts, so that none is forgotten before it is over.
        lasting = timedelta(seconds=2 * _LOGOUT_LASTS)
        known = {token: at for token, at in self._ended.items() if now - at < lasting}
        self._ended = known | {ended.token_id: now}

    def _is_logout(self, header: Mapping[str, Any], claims: Mapping[str, Any]) -> bool:
        events = claims.get("events")
        kind = str(header.get("typ", "logout+jwt")).lower()
        return (
            isinstance(events, dict)
            and isinstance(events.get(_LOGOUT), dict)
            # What tells it from an ID token, which must never end a session.
            and "nonce" not in claims
            and kind in ("logout+jwt", "jwt")
            and bool(_text(claims.get("sub")) or _text(claims.get("sid")))
            and self._seconds() - claims["iat"] < _LOGOUT_LASTS
        )

    async def _signed(self, token: str) -> jwt.Token:
        """The token, if its signature is the provider's."""
        if len(token) > _LONGEST:
            raise _refused(Refusal.SIGNATURE)
        algorithms = await self._document.algorithms()
        registry = jws.JWSRegistry(algorithms=algorithms, strict_check_header=False)
        try:
            keys = await self._document.keys()
            try:
                return jwt.decode(token, keys, registry=registry)
            except (InvalidKeyIdError, BadSignatureError):
                # The provider may have changed its keys since they were read; without key ids the
                # new one is taken for the old one.
                keys = await self._document.keys(again=True)
                return jwt.decode(token, keys, registry=registry)
        except (JoseError, ValueError, TypeError):
            # The library's own checks of a header stumble over values of a strange type, which
            # anybody can send before a signature is looked at.
            raise _refused(Refusal.SIGNATURE) from None

    def _ours(self) -> dict[str, Any]:
        return {
            "iss": {"essential": True, "value": self._client.issuer},
            "aud": {"essential": True, "value": self._client.client_id},
        }

    def _seconds(self) -> int:
        return int(self._clock().timestamp())


def _refused(why: Refusal) -> SignInRefused:
    return SignInRefused("What the provider sent cannot be trusted.", why.value)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and 0 < len(value) <= 255 else None
