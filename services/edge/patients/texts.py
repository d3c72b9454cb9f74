"""What patients read: plain words, on a phone, without anything that only the staff understands."""

from html import escape
from typing import NamedTuple

from services.identity.access_facts import AAL2, IDENTITY
from services.identity.patient_links import LinkState
from services.identity.returns import ReturnOutcome

CONTINUE_SCRIPT = (
    'document.querySelector("form").addEventListener("submit",function(){'
    'this.querySelector("button").disabled=true})'
)
"""A second tap would ask for a link that the first one has used up."""


class Text(NamedTuple):
    """A page: its title, the HTML below it, its icon, and whether all goes well."""

    title: str
    content: str
    icon: str
    good: bool = True


SHIELD = '<path d="M12 3 20 6v6c0 4.700-3.400 7.800-8 9-4.600-1.200-8-4.300-8-9V6z"/>'
CHECK = '<path d="M5 12.500 10 17.500 19 7"/>'
CLOCK = '<circle cx="12" cy="12" r="8.500"/><path d="M12 7.500V12l3 2"/>'
NOTE = '<circle cx="12" cy="12" r="8.500"/><path d="M12 7.500v5M12 16v.1"/>'


def with_form(offer: Text, consent: str = "") -> Text:
    """The page of a link with its Continue button; `consent` is HTML that stands before it."""
    form = (
        f'<form method="post">{consent}<button>Continue</button></form>'
        '<p class="small">Not expecting this? Close the page. Nothing happens until you continue.'
        f"</p><script>{CONTINUE_SCRIPT}</script>"
    )
    return offer._replace(content=offer.content + form)


def with_link_to_keep(page: Text, url: str) -> Text:
    """The page of a return, with the lasting link by which the person withdraws their consent."""
    shown = escape(url)
    keep = (
        '<section class="keep" aria-labelledby="keep"><h2 id="keep">If you change your mind</h2>'
        "<p>You agreed that we ask for your health records. Keep this link. With it you can "
        f'withdraw your consent at any time:</p><p><a href="{shown}">{shown}</a></p>'
        '<p class="small">Copy it to a safe place, or open it and save the page in your browser. '
        "Do not pass it on.</p></section>"
    )
    return page._replace(content=page.content + keep)


_ASK = "<p>Please ask the person who sent it to you for a new one.</p>"

OFFERS = {
    IDENTITY: Text(
        "Show that it is really you",
        "<p>You asked for your own health records. Before anyone may hand them out, a secure "
        "service checks your identity.</p>"
        "<ul><li>Have a photo ID ready, such as a driver’s license or passport.</li>"
        "<li>It takes about five minutes.</li><li>You only need to do it once.</li></ul>",
        SHIELD,
    ),
    AAL2: Text(
        "Confirm that it is you",
        "<p>Your identity is already checked. To get your health records now, confirm with the "
        "sign-in code or passkey that you set up.</p>"
        "<ul><li>Have your phone ready.</li><li>It takes less than a minute.</li></ul>",
        SHIELD,
    ),
}

LINKS = {
    LinkState.UNKNOWN: Text(
        "This link does not work",
        "<p>It may not have been copied completely. Open it from the original message again.</p>"
        + _ASK,
        NOTE,
        good=False,
    ),
    LinkState.USED: Text(
        "This link was used already",
        "<p>For your safety each link works once. If you are in the middle of it in another "
        "window, go on there.</p>" + _ASK,
        NOTE,
        good=False,
    ),
    LinkState.EXPIRED: Text(
        "This link has expired",
        "<p>For your safety links work for a short time only.</p>" + _ASK,
        CLOCK,
        good=False,
    ),
    LinkState.WITHDRAWN: Text(
        "This link was withdrawn",
        "<p>The people who sent it to you have taken it back, so nobody can use it any more. "
        "Nothing else happened.</p>" + _ASK,
        NOTE,
        good=False,
    ),
    LinkState.REPLACED: Text(
        "There is a newer link",
        "<p>You were sent another link after this one. Please open the newest message.</p>",
        NOTE,
        good=False,
    ),
}

RETURNS = {
    ReturnOutcome.RECEIVED: Text(
        "Thank you, you are done here",
        "<p>The identity service tells us the result by itself, usually within a minute. "
        "You can close this page.</p>"
        "<p>If the check did not work, you can be sent a new link.</p>",
        CHECK,
    ),
    ReturnOutcome.SATISFIED: Text(
        "Thank you, it is you",
        "<p>Your health records can be asked for now. You can close this page.</p>",
        CHECK,
    ),
    ReturnOutcome.DECLINED: Text(
        "That did not work",
        "<p>We could not confirm that it is you. Nothing else happened.</p>"
        "<p>Please ask the person who sent you the link for a new one.</p>",
        NOTE,
        good=False,
    ),
    ReturnOutcome.DONE: Text(
        "Thank you, you are done here",
        "<p>Your confirmation was used to ask for your health records. You can close this page."
        "</p>",
        CHECK,
    ),
    ReturnOutcome.OVER: Text(
        "This confirmation does not count any more",
        "<p>It came too late, or something newer took its place. Nothing else happened.</p>"
        "<p>Please ask the person who sent you the link for a new one.</p>",
        CLOCK,
        good=False,
    ),
    ReturnOutcome.WAITING: Text(
        "Not finished yet",
        "<p>Go on in the window where you enter your code or use your passkey.</p>"
        "<p>If that window is gone, please ask for a new link.</p>",
        CLOCK,
        good=False,
    ),
    ReturnOutcome.AMBIGUOUS: Text(
        "One link at a time, please",
        "<p>Two links are under way in this browser, so we cannot tell which one this answer is "
        "for. Nothing was saved.</p>"
        "<p>Please ask for new links, and finish one before you open the other.</p>",
        NOTE,
        good=False,
    ),
    ReturnOutcome.UNKNOWN: Text(
        "We cannot tell where you came from",
        "<p>This page belongs to a link that was opened in another browser, or a while ago. "
        "Nothing was saved here.</p>"
        "<p>Please ask for a new link, and stay in one browser from its first page to its last. "
        "Allow cookies for this site.</p>",
        NOTE,
        good=False,
    ),
}

BROKEN = Text(
    "Something is not working on our side",
    "<p>Nothing was used up or lost. Please try again in a few minutes.</p>",
    CLOCK,
    good=False,
)
