"""What people read who withdraw their consent. Nothing in it says who they are."""

from services.edge.patients.texts import CHECK, CLOCK, NOTE, SHIELD, Text
from services.identity.consent.consents import WithdrawalState

STATUSES = {WithdrawalState.UNKNOWN: 404}
"""Where the page is none that the person wanted."""

PAGES = {
    WithdrawalState.READY: Text(
        "Withdraw your consent",
        "<p>You agreed that we ask for your health records. With this button you take that back."
        "</p><ul><li>We stop asking for your records.</li>"
        "<li>Records that came before stay until you ask us to delete them.</li>"
        "<li>You can agree again at any time. You then get a new link for it.</li></ul>"
        '<form method="post"><button>Withdraw my consent</button></form>'
        '<p class="small">Not sure? Close the page. Nothing happens until you press the button. '
        "This link keeps working.</p>",
        SHIELD,
    ),
    WithdrawalState.WITHDRAWN: Text(
        "Your consent is withdrawn",
        "<p>We will not ask for your health records any more. You can close this page.</p>",
        CHECK,
    ),
    WithdrawalState.ALREADY: Text(
        "Your consent was withdrawn before",
        "<p>There is nothing left to do. We do not ask for your health records any more.</p>",
        CHECK,
    ),
    WithdrawalState.ENDED: Text(
        "Your consent has ended by itself",
        "<p>It was given for a certain time, and that is over. There is nothing to withdraw. "
        "We do not ask for your health records unless you agree again.</p>",
        CLOCK,
    ),
    WithdrawalState.UNKNOWN: Text(
        "This link does not work",
        "<p>It may not have been copied completely, or you were given a newer one. Open the newest "
        "link that you have.</p>"
        "<p>You can also ask us to withdraw your consent for you.</p>",
        NOTE,
        good=False,
    ),
}
