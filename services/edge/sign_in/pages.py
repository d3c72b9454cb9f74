"""How the pages around sign-in look: a heading, a sentence, what to do; or cards to choose from."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from string import Template
from urllib.parse import urlencode

from starlette.responses import HTMLResponse

from services.addresses import SIGN_IN_PATH
from services.staff.permissions import Role

_PAGE = Template((Path(__file__).parent / "page.html").read_text(encoding="utf-8"))
_CARD = Template(
    '<button class="card" name="role" value="$role"><span class="mark">$mark</span>'
    '<span class="who"><strong>$title</strong><span>$name</span></span>'
    '<span class="what">$what</span></button>'
)
_HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "cache-control": "no-store",
}
ROLES = {
    Role.SUPPORT: ("Support", "Find patients, start treatment queries, follow them to the end."),
    Role.COMPLIANCE: ("Compliance", "Read every query and its reason, and who looked at whom."),
    Role.PRODUCT: ("Product", "See how queries fare: numbers only, never a person."),
    Role.ADMIN: ("Admin", "Everything, and who of the staff is signed in."),
}
"""What the roles are called, and what they are for."""


@dataclass(frozen=True)
class Action:
    """A button that leads somewhere."""

    label: str
    address: str


def local_path(wanted: str) -> str:
    """`wanted` if it stays on this server, else the front page."""
    local = wanted.startswith("/") and not wanted.startswith(("//", "/\\"))
    return wanted if local and wanted.isprintable() else "/"


def sign_in_again(wanted: str = "/", label: str = "Try again") -> Action:
    """Straight on to the provider, and from there to the local address `wanted`."""
    return Action(label, address(SIGN_IN_PATH, go="1", next=wanted))


def address(path: str, **query: str) -> str:
    """`path` with what of `query` says something; the front page is where everybody lands."""
    said = {name: value for name, value in query.items() if value and value != "/"}
    return f"{path}?{urlencode(said)}" if said else path


def message_page(
    title: str,
    sentence: str,
    *actions: Action,
    status: int = 200,
    more: str = "",
    headers: Mapping[str, str] | None = None,
    leads_to: str = "",
) -> HTMLResponse:
    """A page that says something; all but `more`, which is HTML, is text.

    `leads_to` is an address to which the browser goes on by itself.
    """
    buttons = "".join(_button(action, first=not n) for n, action in enumerate(actions))
    content = f'<p>{escape(sentence)}</p>{more}<div class="actions">{buttons}</div>'
    head = f'<meta http-equiv="refresh" content="0; url={escape(leads_to)}">' if leads_to else ""
    html = _PAGE.substitute(title=escape(title), head=head, width="34rem", content=content)
    return HTMLResponse(html, status, {**_HEADERS, **(headers or {})})


def cards_page(
    title: str,
    sentence: str,
    cards: Iterable[tuple[Role, str, str]],
    *,
    sent_to: str,
    wanted: str,
    footer: str,
) -> HTMLResponse:
    """One card per role, each with its mark and a name beside it; a press sends the role."""
    content = (
        f'<p>{escape(sentence)}</p><form class="cards" method="post" action="{sent_to}">'
        f'<input type="hidden" name="next" value="{escape(wanted)}">'
        f"{''.join(_card(*card) for card in cards)}</form><footer>{escape(footer)}</footer>"
    )
    html = _PAGE.substitute(title=escape(title), head="", width="46rem", content=content)
    return HTMLResponse(html, headers=_HEADERS)


def groups_table(groups: Iterable[tuple[str, Role]]) -> str:
    """The groups and what role each gives, as HTML."""
    rows = "".join(
        f"<tr><td>{escape(group)}</td><td>{ROLES[role][0]}</td></tr>" for group, role in groups
    )
    return (
        f"<table><thead><tr><th>Group</th><th>Role</th></tr></thead><tbody>{rows}</tbody></table>"
    )


def _button(action: Action, first: bool) -> str:
    kind = "button" if first else "button second"
    return f'<a class="{kind}" href="{escape(action.address)}">{escape(action.label)}</a>'


def _card(role: Role, mark: str, name: str) -> str:
    title, what = ROLES[role]
    return _CARD.substitute(
        role=role.value, title=title, what=what, name=escape(name), mark=escape(mark)
    )
