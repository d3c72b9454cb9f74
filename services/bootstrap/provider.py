"""The company's sign-in provider, as the settings describe it."""

from services.addresses import Addresses
from services.clock import Clock
from services.settings import Settings
from services.staff.sign_in.provider import Provider
from services.staff.sign_in.provider_client import ProviderClient
from services.staff.sign_in.role_claims import role_rule
from services.vault import Vault


def make_provider(
    settings: Settings, addresses: Addresses, vault: Vault, clock: Clock
) -> Provider | None:
    """The provider; None where people sign in by the sandbox's cards."""
    if not settings.has_provider:
        return None
    client = ProviderClient(
        issuer=settings.oidc_issuer,
        client_id=settings.oidc_client_id.get_secret_value(),
        client_secret=settings.oidc_client_secret.get_secret_value(),
        scopes=settings.oidc_scopes,
        redirect_url=addresses.sign_in_return,
        signed_out_url=addresses.signed_out,
    )
    rule = role_rule(settings.role_claim, settings.roles_of_groups)
    return Provider(client, rule, vault, clock)
