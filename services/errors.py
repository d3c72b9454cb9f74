"""Every error that a person may see, in one tree.

AccessDeskError
├── BadSettings            the start is stopped: a setting is missing or wrong
├── NotPermitted           the role may not do this
├── SignInEnded            the staff session is over, so nothing may be done in it
├── SignInRefused          somebody came back from the provider and may not come in; says why
├── ProviderUnavailable    the company's sign-in provider did not answer as it should
├── InvalidInput           what was entered cannot be used; says which field and why
│   └── SecretPasted       a person's credential or link; it is not searched for or kept
├── NotInLog               no such row in the log
├── NotReady               the person lacks what the act needs; says what
│   ├── Drifted            their record is not the one that their identity was proofed against
│   └── ConsentMissing     they have not agreed, or not any more
├── LogUnavailable         the log's database did not answer
├── LogRefused             the log's database cannot hold what was to be written
└── UpstreamError          a call to Metriport did not succeed
    ├── KeyRefused         the gateway refused the API key
    ├── Refused            the API understood, and forbids it
    ├── UpstreamNotFound   no such thing upstream
    ├── UpstreamInvalid    upstream found the request wrong
    ├── Conflict           changed meanwhile, or a stale eTag
    ├── RateLimited        too many requests
    ├── AddressEnded       the address of a file can be used no more
    ├── FileUnusable       a file came that may or can not be read, or none
    ├── Unreachable        no connection: the request was never sent
    └── OutcomeUnknown     the request may have been carried out
        ├── UpstreamBroken 5xx, or an answer that cannot be read
        └── NoAnswer       no answer in time

Each says what happened (`str(error)`), what was kept (`kept`) and what to do (`next_step`).
None of the texts made here holds personal data; `detail` is upstream's own and may.
"""

from collections.abc import Mapping


class AccessDeskError(Exception):
    """The base of all errors: what happened, what was kept, and what to do next."""

    kept = ""
    next_step = ""

    def __init__(self, what: str, *, kept: str | None = None, next_step: str | None = None) -> None:
        super().__init__(what)
        self.kept = self.kept if kept is None else kept
        self.next_step = self.next_step if next_step is None else next_step


class BadSettings(AccessDeskError):
    """A setting is missing or wrong; the text names it and what is expected."""


class NotPermitted(AccessDeskError):
    """The actor's role does not allow this; the attempt stands in the access log."""

    kept = "The attempt was noted in the access log."
    next_step = "Ask an administrator if your work needs this."


class SignInEnded(AccessDeskError):
    """The staff session is over: signed out, idle, too old, or ended by somebody else."""

    kept = "Nothing was sent or changed. The attempt was noted in the access log."
    next_step = "Sign in again, and repeat it."


class SignInRefused(AccessDeskError):
    """Somebody came back from the provider and is not signed in.

    `why` is a name for the access log that never changes. The text holds nothing of what came.
    """

    kept = "Nobody was signed in."
    next_step = "Sign in again."

    def __init__(self, what: str, why: str) -> None:
        super().__init__(what)
        self.why = why


class ProviderUnavailable(AccessDeskError):
    """The sign-in provider did not answer, or not as OpenID Connect demands.

    The text names the error's class only.
    """

    kept = "Whoever is signed in can go on working."
    next_step = "Try again in a minute. If it stays, an administrator must check the provider."


class InvalidInput(AccessDeskError):
    """What was entered cannot be used. `fields` maps a field's name to its reason."""

    kept = "Nothing was sent or changed."
    next_step = "Correct the marked fields and try again."

    def __init__(self, what: str, fields: Mapping[str, str] | None = None) -> None:
        super().__init__(what)
        self.fields = dict(fields or {})


class SecretPasted(InvalidInput):
    """What was pasted is a person's credential or link, so it was neither searched for nor kept."""

    kept = "It was not searched for, and not kept."
    next_step = "Nobody but the person should have it. Search for their name instead."


class NotInLog(AccessDeskError):
    """The log holds no such row."""

    next_step = "Check the id; it may come from another environment."


class NotReady(AccessDeskError):
    """The person lacks what the act needs: an identity, or an AAL2 session."""

    kept = "Nothing was sent."
    next_step = "The person’s page shows the next step."


class Drifted(NotReady):
    """The person's record is not the one that their identity was proofed against.

    `fields` names what differs, in the words of `services.identity.drift.fields`.
    """

    kept = "Nothing was sent, and the AAL2 session can still be used."
    next_step = "Have the person verify again, or say why the query is right all the same."

    def __init__(self, what: str, fields: tuple[str, ...]) -> None:
        super().__init__(what)
        self.fields = fields


class ConsentMissing(NotReady):
    """The company requires the person's consent for an IAS query, and there is none that counts."""

    kept = "Nothing was sent, and the AAL2 session can still be used."
    next_step = "Have the person agree: the next link that they are sent asks for it."


class LogUnavailable(AccessDeskError):
    """The log's database did not answer. The text names the driver's error class only."""

    kept = "Nothing was changed: what belongs together is written together."
    next_step = "Try again in a moment. If it stays, check the database."


class LogRefused(AccessDeskError):
    """The log's database refused a row or a statement, because the data or the program is wrong.

    Trying again changes nothing. The text names the driver's error class only.
    """

    kept = "Nothing was changed: what belongs together is written together."
    next_step = "Tell an administrator: this cannot succeed by trying again."


class UpstreamError(AccessDeskError):
    """A call to Metriport did not succeed.

    `kind` is a name for logs and charts that never changes. `status` (HTTP), `title` and `detail`
    are upstream's own, where it gave them. `request_id` is what Metriport's support asks for.
    """

    kind = "upstream"

    def __init__(
        self,
        what: str,
        *,
        status: int | None = None,
        title: str | None = None,
        detail: str | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(what)
        self.status = status
        self.title = title
        self.detail = detail
        self.request_id = request_id


class KeyRefused(UpstreamError):
    """The gateway refused the API key, before the API saw the request."""

    kind = "key_refused"
    kept = "Nothing was started upstream."
    next_step = "An administrator must check METRIPORT_API_KEY."


class Refused(UpstreamError):
    """The API understood the request and forbids it."""

    kind = "refused"
    kept = "Nothing was started upstream."
    next_step = "Read upstream's reason; the request must change before it can succeed."


class UpstreamNotFound(UpstreamError):
    """Upstream knows no such thing."""

    kind = "not_found"
    kept = "Nothing was started upstream."
    next_step = "Check the id, or search for the person."


class UpstreamInvalid(UpstreamError):
    """Upstream found the request wrong; `detail` says what."""

    kind = "invalid"
    kept = "Nothing was started upstream."
    next_step = "Correct what upstream names and try again."


class Conflict(UpstreamError):
    """Somebody changed it meanwhile (409, or 412 on a stale eTag)."""

    kind = "conflict"
    kept = "The other change was kept; yours was not made."
    next_step = "Reload, look at what changed, and try again."


class RateLimited(UpstreamError):
    """The account's rate limit is reached."""

    kind = "rate_limited"
    kept = "Nothing was started upstream."
    next_step = "Wait a minute and try again."


class AddressEnded(UpstreamError):
    """The address of a file can be used no more: such addresses are valid for minutes."""

    kind = "address_ended"
    kept = "Nothing was shown."
    next_step = "Fetch the records anew, and look within three minutes after they have come."


class FileUnusable(UpstreamError):
    """A file was not read: it did not come whole, is no file of this kind, or may not be asked for.

    The text never has the file's address, which is a credential.
    """

    kind = "file_unusable"
    kept = "Nothing was shown."
    next_step = "Fetch the records anew. If it stays, tell Metriport what stands here."


class Unreachable(UpstreamError):
    """No connection came about, so the request was never sent."""

    kind = "unreachable"
    kept = "The request was never sent."
    next_step = "Try again in a minute; if it stays, check the network and Metriport's status."


class OutcomeUnknown(UpstreamError):
    """The request was sent and may have been carried out."""

    kind = "unknown"


class UpstreamBroken(OutcomeUnknown):
    """Upstream failed (5xx), or answered something that cannot be read."""

    kind = "broken"
    next_step = "Try again in a minute; if it stays, tell Metriport the request id."


class NoAnswer(OutcomeUnknown):
    """No answer came in time."""

    kind = "no_answer"
    next_step = "Try again in a minute; if it stays, check Metriport's status."
