"""The paths that this program serves to others, and the absolute addresses that they make."""

from dataclasses import dataclass

WEBHOOKS_PATH = "/webhooks"
WEBHOOK_PATH = f"{WEBHOOKS_PATH}/metriport"
SANDBOX_PATH = "/sandbox"
SANDBOX_KEY = "sandbox"
DESK_PATH = "/desk"
CHANGES_PATH = f"{DESK_PATH}/changes"
SESSION_PATH = f"{DESK_PATH}/session"
SIGN_IN_PATH = "/sign-in"
CALLBACK_PATH = f"{SIGN_IN_PATH}/callback"
ENDED_PATH = f"{SIGN_IN_PATH}/ended"
SIGNED_OUT = f"{SIGN_IN_PATH}?ended=here"
"""Where somebody lands who has just signed out."""

IAS_PATH = "/ias"
LINK_PATH = f"{IAS_PATH}/go/"
WITHDRAW_PATH = f"{IAS_PATH}/consent/"
"""Under it stand the lasting links by which people withdraw their consent."""

CONSENTS_PATH = "/consents"
"""Where the company's own app hands in what people have agreed to there."""

METRICS_PATH = "/metrics"
"""Where monitoring reads numbers of the program."""

RETURN_PATHS = {"identity": f"{IAS_PATH}/return/identity", "aal2": f"{IAS_PATH}/return/aal2"}
"""Where upstream sends browsers back to; the account's allowlist must have both."""


@dataclass(frozen=True)
class Addresses:
    """What others must know of us; all absolute URLs."""

    public: str

    @property
    def redirects(self) -> dict[str, str]:
        """The redirect URLs for the account's allowlist, by kind of link."""
        return {kind: self.public + path for kind, path in RETURN_PATHS.items()}

    @property
    def webhook(self) -> str:
        """The account's webhook URL."""
        return self.public + WEBHOOK_PATH

    @property
    def sign_in_return(self) -> str:
        """The redirect URL of the client at the sign-in provider."""
        return self.public + CALLBACK_PATH

    @property
    def signed_out(self) -> str:
        """Where the provider sends a browser after a sign-out there."""
        return self.public + SIGNED_OUT

    @property
    def back_channel_logout(self) -> str:
        """Where the provider says that its own session is over."""
        return self.public + ENDED_PATH
