"""The rules about the person's consent.

They apply before a challenge is made and before an IAS query is started. The page of a link that is
under way asks for the consent itself, so nothing has to be said then.
"""

from services.diagnosis.registry import Stage, rule
from services.diagnosis.rules.identity import state_of
from services.diagnosis.verdict import Action, Case, Evidence, Severity, Verdict, verdict
from services.identity.access_state import Aal2State, IdentityState, aal2_state
from services.identity.consent.consent_state import ConsentRule, ConsentState


@rule(Stage.CONSENT)
def consent_revoked(case: Case) -> Verdict | None:
    """The person took back what they agreed to, so nobody may go on without asking them."""
    if not _lacks(case, ConsentState.REVOKED):
        return None
    return verdict(
        "consent_revoked",
        Severity.TO_DO,
        f"The person has withdrawn their consent{_effect(case)}.",
        "Ask whether they want their records after all. They agree anew on the page of a "
        "challenge, or on the telephone.",
        Action.RECORD_CONSENT,
        evidence=_about(case),
    )


@rule(Stage.CONSENT)
def consent_ended(case: Case) -> Verdict | None:
    """What the person agreed to was for a time that is over."""
    if not _lacks(case, ConsentState.ENDED):
        return None
    return verdict(
        "consent_ended",
        Severity.TO_DO,
        f"The person’s consent has ended{_effect(case)}.",
        "They renew it on the page of a challenge, or on the telephone.",
        Action.RECORD_CONSENT,
        evidence=_about(case),
    )


@rule(Stage.CONSENT)
def consent_missing(case: Case) -> Verdict | None:
    """Nothing was agreed to, and without that nothing may be asked for.

    Where a missing consent is only warned about, the verdict of the next step says so instead.
    """
    is_required = case.consent_rule is ConsentRule.REQUIRED
    if not is_required or not _lacks(case, ConsentState.NONE):
        return None
    return verdict(
        "consent_missing",
        Severity.TO_DO,
        f"The person has not agreed that their records are asked for{_effect(case)}.",
        "They agree on the page of a challenge, or on the telephone.",
        Action.RECORD_CONSENT,
    )


def _lacks(case: Case, state: ConsentState) -> bool:
    """Whether the consent is in `state`, and is what keeps the person from the next query."""
    if case.consent_rule is ConsentRule.OFF or case.consent.state is not state:
        return False
    identity = case.facts.identity
    if identity is None or state_of(case) is not IdentityState.VERIFIED:
        return False
    aal2 = aal2_state(case.facts, case.limits, case.now)
    if aal2 is Aal2State.NONE:
        # Of somebody who is not on their way again, the queries say more.
        return case.is_latest_step(identity.verified_at, identity.verified_at)
    return aal2 is Aal2State.ACTIVE


def _effect(case: Case) -> str:
    if case.consent_rule is ConsentRule.REQUIRED:
        return ": an IAS query is refused"
    return ": an IAS query would become a finding"


def _about(case: Case) -> Evidence:
    row = case.consent.row
    if row is None:
        return {}
    return {
        "consent_given": row.given_at,
        "version": row.version,
        "over_since": case.consent.over_at,
    }
