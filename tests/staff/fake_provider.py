"""An OpenID Connect provider in this process, which can do everything wrong that one can."""

import base64
import hashlib
import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from services.clock import Clock, utc_now
from tests.serving import serve

CLIENT_ID, CLIENT_SECRET = "desk", "a-secret-of-the-client-of-32-chars"
LOGOUT = "http://schemas.openid.net/event/backchannel-logout"


class FakeProvider:
    """What it says of the person is in `claims`; `wrong` replaces claims of the ID token.

    A claim that is `None` in `wrong` is left out. `sign` signs the next tokens.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.issuer = ""
        self.claims: dict[str, Any] = {"sub": "s-1", "name": "Sam Reyes", "groups": ["desk"]}
        self.wrong: dict[str, Any] = {}
        self.userinfo: dict[str, Any] | None = None
        self.document: dict[str, Any] = {}
        self.is_down = False
        self.token_error = ""
        self.asked: list[str] = []
        self.challenges: dict[str, str] = {}
        self.nonces: dict[str, str] = {}
        self.sign = self.sign_by_key
        self.rotate("k-1")

    def now(self) -> int:
        """Seconds, by its own clock."""
        return int(self._clock().timestamp())

    def rotate(self, kid: str) -> None:
        """Sign with a new key from now on, and publish only that."""
        self.key = RSAKey.generate_key(2048, {"kid": kid, "use": "sig"})
        self.published = [self.key.as_dict(private=False)]

    def sign_by_key(self, claims: dict[str, Any], **header: str) -> str:
        """As a provider does."""
        return jwt.encode({"alg": "RS256", "kid": self.key.kid, **header}, claims, self.key)

    def sign_by_nothing(self, claims: dict[str, Any], **header: str) -> str:
        """`alg: none`."""
        parts = [{"alg": "none", **header}, claims]
        encoded = (base64.urlsafe_b64encode(json.dumps(part).encode()) for part in parts)
        return ".".join(part.decode().rstrip("=") for part in encoded) + "."

    def sign_by_secret(self, claims: dict[str, Any], **header: str) -> str:
        """HS256 with the secret of the client."""
        key = OctKey.import_key(CLIENT_SECRET)
        return jwt.encode({"alg": "HS256", "kid": self.key.kid, **header}, claims, key)

    def sign_by_stranger(self, claims: dict[str, Any], **header: str) -> str:
        """A foreign key under the id of ours."""
        key = RSAKey.generate_key(2048)
        return jwt.encode({"alg": "RS256", "kid": self.key.kid, **header}, claims, key)

    def logout_token(self, **wrong: Any) -> str:
        """What says that the sessions of `s-1` are over."""
        now = self.now()
        claims = {"iss": self.issuer, "aud": CLIENT_ID, "iat": now, "jti": f"j-{uuid.uuid4()}"}
        claims |= {"exp": now + 120, "events": {LOGOUT: {}}, "sub": "s-1"} | wrong
        return self.sign(_without_none(claims), typ="logout+jwt")

    def consent(self, url: str) -> dict[str, str]:
        """Sign in on the provider's page `url`; answers what it puts into the way back."""
        asked = {name: value[0] for name, value in parse_qs(urlsplit(url).query).items()}
        code = f"c-{len(self.nonces)}"
        assert asked["code_challenge_method"] == "S256"
        self.challenges[code], self.nonces[code] = asked["code_challenge"], asked["nonce"]
        return {"code": code, "state": asked["state"]}

    async def _document(self, _request: Request) -> Response:
        self.asked.append("document")
        if self.is_down:
            return Response(status_code=503)
        addresses = {
            "authorization_endpoint": "/authorize",
            "token_endpoint": "/token",
            "jwks_uri": "/keys",
            "userinfo_endpoint": "/userinfo",
            "end_session_endpoint": "/end",
        }
        document = {name: self.issuer + path for name, path in addresses.items()}
        document |= {"issuer": self.issuer, "id_token_signing_alg_values_supported": ["RS256"]}
        return JSONResponse(_without_none(document | self.document))

    async def _keys(self, _request: Request) -> Response:
        self.asked.append("keys")
        return JSONResponse({"keys": self.published})

    async def _authorize(self, request: Request) -> Response:
        answer = self.consent(str(request.url))
        target = request.query_params["redirect_uri"]
        return RedirectResponse(f"{target}?{urlencode(answer)}", 303)

    async def _token(self, request: Request) -> Response:
        self.asked.append("token")
        if self.token_error:
            return JSONResponse({"error": self.token_error}, 400)
        form = {name: value[0] for name, value in parse_qs((await request.body()).decode()).items()}
        nonce = self.nonces.pop(form["code"], None)
        hashed = hashlib.sha256(form["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(hashed).decode().rstrip("=")
        if nonce is None or self.challenges[form["code"]] != challenge:
            return JSONResponse({"error": "invalid_grant"}, 400)
        now = self.now()
        claims = {"iss": self.issuer, "aud": CLIENT_ID, "iat": now, "exp": now + 300}
        claims |= {"nonce": nonce, **self.claims, **self.wrong}
        id_token = self.sign(_without_none(claims))
        token = {"access_token": "a-1", "token_type": "Bearer", "expires_in": 300}
        return JSONResponse(token | {"id_token": id_token})

    async def _userinfo(self, request: Request) -> Response:
        self.asked.append("userinfo")
        assert request.headers["authorization"] == "Bearer a-1"
        return JSONResponse(self.userinfo or {"sub": self.claims["sub"]})

    @property
    def app(self) -> Starlette:
        """Its addresses."""
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self._document),
                Route("/keys", self._keys),
                Route("/authorize", self._authorize),
                Route("/token", self._token, methods=["POST"]),
                Route("/userinfo", self._userinfo),
            ]
        )


@contextmanager
def fake_provider(clock: Clock = utc_now) -> Iterator[FakeProvider]:
    """One that answers over HTTP on this machine."""
    provider = FakeProvider(clock)
    with serve(provider.app) as provider.issuer:
        yield provider


def _without_none(claims: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in claims.items() if value is not None}
