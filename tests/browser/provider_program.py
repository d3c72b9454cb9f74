"""`oidc-provider-mock` as a program of its own, over TLS, that can also end its sessions.

A process of its own, because it uses parts of Authlib that warn of being old.
"""

import ssl
import time
import urllib.parse
import urllib.request
import uuid

import click
import flask
import joserfc.jwk
import oidc_provider_mock
from joserfc import jwt
from oidc_provider_mock._storage import storage
from werkzeug.serving import run_simple

_LOGOUT = "http://schemas.openid.net/event/backchannel-logout"


@click.command()
@click.option("--port", type=int, required=True)
@click.option("--certificate", required=True)
@click.option("--key", required=True)
@click.option("--end-session-path", required=True)
def main(port: int, certificate: str, key: str, end_session_path: str) -> None:
    """Serve until the process is ended."""
    app = oidc_provider_mock.app()
    app.debug = False
    app.add_url_rule(end_session_path, view_func=_tell_the_end, methods=["POST"])
    run_simple("localhost", port, app, ssl_context=(certificate, key), threaded=True)


def _tell_the_end() -> flask.typing.ResponseReturnValue:
    """Post a signed logout token to `url`, as a provider does; answers the status that came."""
    form = flask.request.form
    token = _logout_token(form["sub"], form["client_id"])
    body = urllib.parse.urlencode({"logout_token": token}).encode()
    with urllib.request.urlopen(form["url"], body, context=ssl.create_default_context()) as answer:
        return {"status": answer.status}


def _logout_token(subject: str, client_id: str) -> str:
    now = int(time.time())
    claims = {
        "iss": flask.request.host_url.rstrip("/"),
        "aud": client_id,
        "iat": now,
        "exp": now + 120,
        "jti": str(uuid.uuid4()),
        "events": {_LOGOUT: {}},
        "sub": subject,
    }
    key = joserfc.jwk.import_key(storage.jwk.as_dict(is_private=True))
    return jwt.encode({"alg": "RS256", "typ": "logout+jwt", "kid": key.kid}, claims, key)


if __name__ == "__main__":
    main()
