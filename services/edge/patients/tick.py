"""The text that a person agrees to on a link's page, with one tick before Continue."""

from html import escape
from urllib.parse import parse_qs

from starlette.requests import ClientDisconnect, Request

from services.edge.bodies import BodyTooLarge, BodyTooSlow, read_body
from services.identity.consent.page_consents import Unagreed
from services.identity.consent.texts import Block, ConsentWords, blocks_of

_MOST_BYTES = 4096
"""The form has two short fields."""

_TICK, _SHOWN = "agreed", "text"
_EXAMPLE = (
    '<p class="example"><strong>Example text.</strong> The company that runs this service has to '
    "put its own here.</p>"
)
_MESSAGES = {
    Unagreed.UNTICKED: "Please tick the box first. Without it we cannot get your records.",
    Unagreed.TEXT_CHANGED: (
        "The text has changed since you opened this page. Please read the new one, then tick the "
        "box again."
    ),
}
_MARKED = ' aria-invalid="true" aria-describedby="wrong"'
_MARKS: dict[Unagreed | None, str] = {
    Unagreed.UNTICKED: _MARKED + " autofocus",
    Unagreed.TEXT_CHANGED: _MARKED,
}


def consent_form(words: ConsentWords, missing: Unagreed | None = None) -> str:
    """The HTML that stands before Continue; `missing` says why the page is shown once more."""
    example = _EXAMPLE if words.is_example else ""
    text = "".join(_html_of(block) for block in blocks_of(words.text))
    wrong = f'<p class="wrong" id="wrong" role="alert">{_MESSAGES[missing]}</p>' if missing else ""
    # A new text has to be read first; a tick that was forgotten is where the browser goes at once.
    above, below = (wrong, "") if missing is Unagreed.TEXT_CHANGED else ("", wrong)
    return (
        f'{above}<section class="consent" aria-labelledby="agree"><h2 id="agree">What you agree to'
        f'</h2>{example}{text}<p class="small">Version {escape(words.version)}</p></section>{below}'
        f'<label class="tick"><input type="checkbox" name="{_TICK}" value="yes" required'
        f"{_MARKS.get(missing, '')}><span>I have read this, and I agree.</span></label>"
        f'<input type="hidden" name="{_SHOWN}" value="{words.hash}">'
    )


async def read_agreed(request: Request) -> str | None:
    """The hash of the text that the person ticked; None without the tick, or for what is no form.

    A body that is too long or too slow is no form of ours.
    """
    try:
        body = await read_body(request, _MOST_BYTES)
        fields = parse_qs(body.decode("ascii"), max_num_fields=10)
    except (BodyTooLarge, BodyTooSlow, ClientDisconnect, ValueError):
        return None
    is_ticked = fields.get(_TICK) == ["yes"]
    return fields.get(_SHOWN, [""])[0] if is_ticked else None


def _html_of(block: Block) -> str:
    lines = [escape(line) for line in block.lines]
    if block.is_list:
        return "<ul>" + "".join(f"<li>{line}</li>" for line in lines) + "</ul>"
    return "".join(f"<p>{line}</p>" for line in lines)
