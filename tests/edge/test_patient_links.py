"""What happens to a link on its way: scanners, two browsers, forged returns, wrong orders."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from sqlmodel import select

from services.desk import Desk
from services.identity.access_state import Aal2State, IdentityState
from services.identity.individual_access import Standing
from services.identity.link_sender import SentLink
from services.staff.permissions import Role
from services.store.tables import Aal2Session, IdentitySession, PatientLink
from tests.patient import Patient, ticked
from tests.staff_members import STAFF
from tests.waiting import until

SUPPORT = STAFF[Role.SUPPORT]


@pytest.fixture
def patient() -> Patient:
    """The person who was sent the link."""
    return Patient()


@pytest.fixture
def somebody(fresh_person: str) -> str:
    """A person of whom nothing is known yet."""
    return fresh_person


def _standing(desk: Desk, patient_id: str) -> Standing:
    return desk.identity.standings(SUPPORT, [patient_id])[patient_id]


def _verified(desk: Desk, patient_id: str) -> None:
    Patient().do(desk.link_sender.send_verification(SUPPORT, patient_id).url)
    until(lambda: _standing(desk, patient_id).identity is IdentityState.VERIFIED)


def _link_row(desk: Desk, patient_id: str) -> PatientLink:
    with desk.store.read() as session:
        wanted = select(PatientLink).where(PatientLink.patient_id == patient_id)
        return session.exec(wanted.order_by(PatientLink.created_at.desc())).first()  # type: ignore[attr-defined, return-value]


def _verification(desk: Desk, somebody: str) -> SentLink:
    return desk.link_sender.send_verification(SUPPORT, somebody)


def test_the_whole_way(running_desk: Desk, somebody: str, patient: Patient) -> None:
    link = _verification(running_desk, somebody)
    assert _standing(running_desk, somebody).identity is IdentityState.LINK_READY
    hosted = patient.press_continue(link.url)
    assert _standing(running_desk, somebody).identity is IdentityState.OPENED
    page = patient.come_back(patient.answer(hosted))
    assert "you are done here" in page.text
    until(lambda: _standing(running_desk, somebody).identity is IdentityState.VERIFIED)
    challenge = running_desk.link_sender.send_challenge(SUPPORT, somebody)
    back = patient.answer(patient.press_continue(challenge.url))
    page = patient.come_back(back)
    assert "it is you" in page.text and page.url.query == b""
    assert _standing(running_desk, somebody).aal2 is Aal2State.ACTIVE
    assert _standing(running_desk, somebody).why_not == ""


def test_a_scanner_uses_nothing_up(running_desk: Desk, somebody: str, patient: Patient) -> None:
    link = _verification(running_desk, somebody)
    for _ in range(3):
        assert httpx.get(link.url).status_code == 200
        assert httpx.head(link.url).status_code == 200
    assert _standing(running_desk, somebody).identity is IdentityState.LINK_READY
    assert _link_row(running_desk, somebody).opened_at is not None
    patient.do(link.url)


def test_a_used_link_is_dead(running_desk: Desk, somebody: str, patient: Patient) -> None:
    link = _verification(running_desk, somebody)
    patient.press_continue(link.url)
    assert _link_row(running_desk, somebody).url is None
    for answer in (patient.open(link.url), httpx.get(link.url), httpx.post(link.url)):
        assert answer.status_code == 410
        assert "used already" in answer.text


def test_two_browsers_at_once_are_one(running_desk: Desk, somebody: str) -> None:
    link = _verification(running_desk, somebody)
    form = ticked(httpx.get(link.url))
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: httpx.post(link.url, data=form).status_code, range(10)))
    assert sorted(answers) == [303, *[410] * 9]


@pytest.mark.parametrize("spoil", [lambda url: url[:-4], lambda url: url + "x"])
def test_a_wrong_token_is_no_link(running_desk: Desk, somebody: str, spoil: object) -> None:
    url = spoil(_verification(running_desk, somebody).url)  # type: ignore[operator]
    assert httpx.get(url).status_code == 404
    assert httpx.post(url).status_code == 404
    assert _standing(running_desk, somebody).identity is IdentityState.LINK_READY


def test_a_newer_link_replaces_an_unused_one(running_desk: Desk, somebody: str) -> None:
    old, new = (_verification(running_desk, somebody) for _ in range(2))
    answer = httpx.get(old.url)
    assert (answer.status_code, "newer link" in answer.text) == (410, True)
    assert httpx.post(old.url).status_code == 410
    assert httpx.get(new.url).status_code == 200


def test_an_expired_link_says_so(running_desk: Desk, somebody: str) -> None:
    link = _verification(running_desk, somebody)
    _age(running_desk, somebody)
    for answer in (httpx.get(link.url), httpx.post(link.url)):
        assert (answer.status_code, "has expired" in answer.text) == (410, True)
    running_desk.sweeper.nudge()
    until(lambda: _link_row(running_desk, somebody).url is None)
    assert _standing(running_desk, somebody).identity is IdentityState.LINK_EXPIRED


def _age(desk: Desk, patient_id: str) -> None:
    """Let two hours go by for the person's links."""
    with desk.store.write() as session:
        for table in (PatientLink, IdentitySession):
            for row in session.exec(select(table).where(table.patient_id == patient_id)).all():
                row.expires_at -= timedelta(hours=2)
                session.add(row)


def test_another_site_cannot_press_continue(running_desk: Desk, somebody: str) -> None:
    link = _verification(running_desk, somebody)
    answer = httpx.post(link.url, headers={"sec-fetch-site": "cross-site"})
    assert answer.status_code == 403
    form, own = ticked(httpx.get(link.url)), {"sec-fetch-site": "same-origin"}
    assert httpx.post(link.url, data=form, headers=own).status_code == 303


@pytest.mark.parametrize("cookie", [None, "forged", "a.b.c"])
def test_a_return_without_its_cookie_binds_nothing(
    running_desk: Desk, somebody: str, patient: Patient, cookie: str | None
) -> None:
    _verified(running_desk, somebody)
    link = running_desk.link_sender.send_challenge(SUPPORT, somebody)
    back = patient.answer(patient.press_continue(link.url))
    stranger = Patient()
    if cookie:
        stranger.cookies.set("access_desk_aal2", cookie, domain="localhost", path="/ias/")
    page = stranger.come_back(back)
    assert (page.status_code, "cannot tell" in page.text) == (400, True)
    assert "aal2_" not in str(page.url)
    assert _standing(running_desk, somebody).aal2 is Aal2State.OPENED


def test_the_cookie_of_one_kind_is_none_of_the_other(
    running_desk: Desk, somebody: str, patient: Patient
) -> None:
    _verified(running_desk, somebody)
    patient.press_continue(_verification(running_desk, somebody).url)
    patient.cookies.set(
        "access_desk_aal2",
        patient.cookies["access_desk_identity"],
        domain="localhost",
        path="/ias/",
    )
    url = running_desk.link_sender.return_url("aal2") + "?status=verified&aal2SessionId=aal2_x"
    assert patient.come_back(url).status_code == 400


def test_a_second_return_counts_too_and_is_marked(
    running_desk: Desk, somebody: str, patient: Patient
) -> None:
    """Nothing tells which of the two somebody else caused: upstream decides."""
    _verified(running_desk, somebody)
    link = running_desk.link_sender.send_challenge(SUPPORT, somebody)
    back = patient.answer(patient.press_continue(link.url), "fail")
    assert "did not work" in patient.come_back(back).text
    again = running_desk.link_sender.return_url("aal2") + "?status=verified&aal2SessionId=aal2_late"
    assert "it is you" in patient.come_back(again).text
    standing = _standing(running_desk, somebody)
    assert standing.aal2 is Aal2State.ACTIVE
    assert standing.facts.challenge and standing.facts.challenge.contested


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("status=on+hold&aal2SessionId=aal2_h", "on hold"),
        ("status=verified", "verified"),
        ("status=verified&aal2SessionId=", "verified"),
        ("status=verified&aal2SessionId=aal2%0d%0ax", "verified"),
        ("status=verified&aal2SessionId=" + "x" * 400, "verified"),
        ("aal2SessionId=aal2_without_status", None),
        ("status=" + "%F0%9F%98%80" * 100, "😀" * 60),
    ],
)
def test_a_return_that_verifies_nothing_is_kept_as_it_came(
    running_desk: Desk, somebody: str, patient: Patient, query: str, kept: str | None
) -> None:
    _verified(running_desk, somebody)
    patient.press_continue(running_desk.link_sender.send_challenge(SUPPORT, somebody).url)
    page = patient.come_back(f"{running_desk.link_sender.return_url('aal2')}?{query}")
    assert "did not work" in page.text
    standing = _standing(running_desk, somebody)
    assert standing.aal2 is Aal2State.DECLINED
    assert standing.facts.challenge and standing.facts.challenge.returned_status == kept


def test_a_page_that_is_opened_again_uses_nothing_up(
    running_desk: Desk, somebody: str, patient: Patient
) -> None:
    """A phone draws yesterday's last page anew, with the cookie of today's challenge."""
    _verified(running_desk, somebody)
    hosted = patient.press_continue(running_desk.link_sender.send_challenge(SUPPORT, somebody).url)
    page = patient.come_back(running_desk.link_sender.return_url("aal2"))
    assert "Not finished yet" in page.text
    assert _standing(running_desk, somebody).aal2 is Aal2State.OPENED
    assert "it is you" in patient.come_back(patient.answer(hosted)).text
    assert _standing(running_desk, somebody).aal2 is Aal2State.ACTIVE
    again = patient.open(running_desk.link_sender.return_url("aal2"))
    assert "it is you" in again.text


def test_two_people_in_one_browser_are_not_mixed_up(
    running_desk: Desk, fresh_person: str, other_person: str, patient: Patient
) -> None:
    both = (fresh_person, other_person)
    for person in both:
        _verified(running_desk, person)
    hosted = [
        patient.press_continue(running_desk.link_sender.send_challenge(SUPPORT, person).url)
        for person in both
    ]
    assert "One link at a time" in patient.come_back(patient.answer(hosted[0])).text
    assert "One link at a time" in patient.come_back(patient.answer(hosted[1])).text
    for person in both:
        assert _standing(running_desk, person).aal2 is Aal2State.DECLINED
    # One after the other it works, in the same browser.
    for person in both:
        link = running_desk.link_sender.send_challenge(SUPPORT, person)
        assert "it is you" in patient.do(link.url).text
        assert _standing(running_desk, person).aal2 is Aal2State.ACTIVE


def test_a_session_that_is_known_already_is_not_bound_again(
    running_desk: Desk, fresh_person: str, other_person: str
) -> None:
    """Somebody brings the session of another person along."""
    for person in (fresh_person, other_person):
        _verified(running_desk, person)
    links = {
        person: running_desk.link_sender.send_challenge(SUPPORT, person).url
        for person in (fresh_person, other_person)
    }
    first, second = Patient(), Patient()
    back = first.answer(first.press_continue(links[fresh_person]))
    first.come_back(back)
    second.press_continue(links[other_person])
    assert "did not work" in second.come_back(back).text
    assert _standing(running_desk, other_person).aal2 is Aal2State.DECLINED
    assert _standing(running_desk, fresh_person).aal2 is Aal2State.ACTIVE
    credential = parse_qs(urlsplit(back).query)["aal2SessionId"][0]
    with running_desk.store.read() as session:
        rows = session.exec(select(Aal2Session)).all()
    assert credential not in str([row.model_dump() for row in rows])


def test_the_pages_keep_to_themselves(running_desk: Desk, somebody: str, patient: Patient) -> None:
    link = _verification(running_desk, somebody)
    page = patient.open(link.url)
    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'") and "form-action 'self' http" in policy
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert "http" not in page.text
    token = link.url.rsplit("/", 1)[1]
    assert len(token) == 43 and token not in page.text
    answer = patient.send("POST", link.url, ticked(page))
    cookie = answer.headers["set-cookie"].lower()
    assert all(part in cookie for part in ("httponly", "samesite=lax", "path=/ias/"))
    # Counted from its arrival, so that a wrong clock of the browser does not matter.
    assert "max-age=86400" in cookie and "expires" not in cookie
    assert answer.headers["referrer-policy"] == "no-referrer"


def test_staff_words_stay_away_from_patients() -> None:
    from services.edge.patients import texts

    pages = [*texts.OFFERS.values(), *texts.LINKS.values(), *texts.RETURNS.values(), texts.BROKEN]
    for page in pages:
        words = f"{page.title} {page.content}"
        for word in ("AAL2", "IAS", "IAL2", "token", "Metriport", "session", "proof", "webhook"):
            assert word not in words
