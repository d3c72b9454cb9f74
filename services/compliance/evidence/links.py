"""The chain of links of one query: pure, rows and the time in, links out."""

from collections.abc import Callable

from services.compliance.evidence.access_links import aal2_link, challenge_link
from services.compliance.evidence.act_links import (
    records_link,
    request_link,
    sources_link,
    starter_link,
)
from services.compliance.evidence.case import Case
from services.compliance.evidence.evidence import Link
from services.compliance.evidence.person_links import (
    consent_link,
    demographics_link,
    person_link,
    proofing_link,
)

_LINKS: tuple[Callable[[Case], Link], ...] = (
    person_link,
    consent_link,
    proofing_link,
    demographics_link,
    challenge_link,
    aal2_link,
    starter_link,
    request_link,
    sources_link,
    records_link,
)


def links_of(case: Case) -> tuple[Link, ...]:
    """Every link of a query, in the order of `LinkCode`."""
    return tuple(make(case) for make in _LINKS)
