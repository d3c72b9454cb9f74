"""The paths that this program serves to others, and the absolute addresses that they make."""

from dataclasses import dataclass

WEBHOOK_PATH = "/webhooks/metriport"
SANDBOX_PATH = "/sandbox"
SANDBOX_KEY = "sandbox"
LINK_PATH = "/ias/go/"
RETURN_PATHS = {"identity": "/ias/return/identity", "aal2": "/ias/return/aal2"}
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
