"""The paths that this program serves to others, and the absolute addresses that they make."""

from dataclasses import dataclass

WEBHOOKS_PATH = "/webhooks"
WEBHOOK_PATH = f"{WEBHOOKS_PATH}/metriport"
SANDBOX_PATH = "/sandbox"
SANDBOX_KEY = "sandbox"
DESK_PATH = "/desk"
CHANGES_PATH = f"{DESK_PATH}/changes"
IAS_PATH = "/ias"
LINK_PATH = f"{IAS_PATH}/go/"
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
