"""The texts of the hosted pages, as HTML; names must be escaped before they come here."""

from typing import NamedTuple


class Text(NamedTuple):
    """A page's title and the HTML below it."""

    title: str
    content: str


_END = """<form method="post">
<button name="do" value="complete">{yes}</button>
<button class="quiet" name="do" value="fail">{no}</button>
<button class="quiet" name="do" value="leave">Leave without finishing</button>
</form>"""

UNKNOWN = Text(
    "This page does not exist", "<p>The address is not complete, or was never valid.</p>"
)
USED = Text(
    "This page was opened already",
    "<p>Its address works once, in one browser. Ask whoever sent it for a new one.</p>",
)
EXPIRED = Text("This page has expired", "<p>Ask whoever sent it for a new one.</p>")
LEFT = Text(
    "You left without finishing",
    "<p>Nothing was verified. You can close this window.</p>",
)


def verification(name: str) -> Text:
    """The page on which a person proves who they are."""
    return Text(
        "Prove who you are",
        f"<p>A real service would now ask <strong>{name}</strong> for an identity document and a "
        "picture. Here you decide how that ends.</p>"
        + _END.format(yes="Verify my identity", no="Fail the verification"),
    )


def passkey(name: str) -> Text:
    """The page that stands for a passkey."""
    return Text(
        "Use your passkey",
        f"<p>A real service would now ask the device of <strong>{name}</strong> for a passkey. "
        "Here a button stands for it.</p>"
        + _END.format(yes="Use passkey", no="Fail the challenge"),
    )


def authenticator(name: str, secret: str, code: str, wrong: bool) -> Text:
    """The page for a code of an authenticator app; the code is checked.

    It shows the secret and the code of the moment, so that a demo needs no app.
    """
    spaced = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
    complaint = '<p class="wrong" role="alert">That code is not right. Try the next one.</p>'
    return Text(
        "Enter your code",
        f"<p>Open the authenticator app of <strong>{name}</strong> and enter its code.</p>"
        + (complaint if wrong else "")
        + '<form method="post"><label for="code">Six-digit code</label>'
        '<input id="code" name="code" inputmode="numeric" autocomplete="one-time-code" '
        'maxlength="7" autofocus>'
        '<button name="do" value="complete">Confirm</button>'
        '<button class="quiet" name="do" value="fail">Fail the challenge</button>'
        '<button class="quiet" name="do" value="leave">Leave without finishing</button></form>'
        f"<details open><summary>No authenticator app at hand?</summary>"
        f"<p>The demo secret is <code>{spaced}</code>; its code now is "
        f'<code id="now">{code}</code>.</p></details>',
    )
