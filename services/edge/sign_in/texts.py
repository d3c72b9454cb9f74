"""What people read whose sign-in at the provider did not succeed."""

from services.staff.sign_in.provider_client import Refusal

_UNTRUSTED = "The answer cannot be trusted"
_TELL = "If it happens again, an administrator must check the provider: the setup check names what "

REFUSALS = {
    Refusal.CANCELLED: (
        "You cancelled the sign-in",
        "The sign-in at your company’s provider was cancelled, so nobody was signed in here.",
    ),
    Refusal.PROVIDER: (
        "Your provider reports an error",
        "Your company’s provider ended the sign-in with an error of its own. Try again; if it "
        "stays, tell an administrator when it happened.",
    ),
    Refusal.EXPIRED: (
        "The sign-in took too long",
        "More than ten minutes passed between the beginning of the sign-in and your return. Nobody "
        "was signed in.",
    ),
    Refusal.UNKNOWN: (
        "This sign-in was used already",
        "The address leads back from a sign-in that this browser has finished, or never began. An "
        "address of a sign-in works once.",
    ),
    Refusal.STATE: (
        "This is the return of another sign-in",
        "The answer of the provider does not belong to a sign-in of this browser, so nobody was "
        "signed in.",
    ),
    Refusal.CODE: (
        "The provider does not know this sign-in",
        "The provider did not accept what you brought back: it was used already, or is too old.",
    ),
    Refusal.ISSUER: (
        _UNTRUSTED,
        f"It names another provider than the company’s. {_TELL}OIDC_ISSUER must be.",
    ),
    Refusal.AUDIENCE: (
        _UNTRUSTED,
        f"It was made for another program than Access Desk. {_TELL}OIDC_CLIENT_ID must be.",
    ),
    Refusal.NONCE: (
        _UNTRUSTED,
        "It was made for another sign-in than yours, so nobody was signed in.",
    ),
    Refusal.TOKEN_TIME: (
        "The two clocks do not agree",
        "By the clock of this machine, the provider’s answer is over or lies in the future. "
        f"{_TELL}the clocks say.",
    ),
    Refusal.SIGNATURE: (
        _UNTRUSTED,
        "It is not signed with a key of the company’s provider, so nobody was signed in.",
    ),
    Refusal.CLAIMS: (
        "The provider’s answer is not complete",
        "It does not say in a usable way who you are, so nobody was signed in. Tell an "
        "administrator when it happened.",
    ),
}
"""The heading and the sentence of each refusal."""
