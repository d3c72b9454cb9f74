"""Checks of what people are asked to agree to, and of how consents are handed in."""

from collections.abc import Iterator

from services.errors import BadSettings
from services.identity.consent.consent_state import ConsentRule
from services.identity.consent.texts import read_words
from services.operations.check_result import CheckResult, failed, ok
from services.settings import Settings


def check_consent(settings: Settings) -> Iterator[CheckResult]:
    """Whether consent is asked for with a text of the company's own."""
    try:
        words = read_words(settings.consent_text)
    except BadSettings as error:
        yield failed(f"{error}.")
        return
    if settings.consent == ConsentRule.OFF:
        yield ok("Consent: held elsewhere (CONSENT=off), nothing is asked here.")
        return
    if words.is_example and not settings.sandboxed:
        yield failed(
            "People agree to the shipped example text: set CONSENT_TEXT to a file with your own, "
            "or CONSENT=off if consent is held elsewhere."
        )
    else:
        kind = "the shipped example" if words.is_example else "your own text"
        yield ok(f"Consent: {settings.consent}, {kind}, version {words.version}.")
    if settings.consent_token.get_secret_value():
        yield ok("Consents can be handed in at /consents.")
