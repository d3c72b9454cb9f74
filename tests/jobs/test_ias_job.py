"""Individual access over the real sandbox: from nobody to a finished query, and the troubled."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlmodel import select

from services.desk import Desk
from services.errors import NotReady, UpstreamInvalid
from services.identity.access_state import Aal2State, IdentityState
from services.identity.individual_access import PersonAccess
from services.metriport.schemas import Sources
from services.operations.doctor import CheckStatus, examine
from services.patients.search.patient_search import SearchRequest
from services.queries.requests import IasRequest
from services.settings import Settings
from services.staff.permissions import Role
from services.store.tables import IdentitySession, NetworkQuery, UpstreamCall
from tests.patient import Patient
from tests.staff_members import STAFF
from tests.waiting import until

SUPPORT = STAFF[Role.SUPPORT]


def access(desk: Desk, patient_id: str) -> PersonAccess:
    return desk.identity.of_person(SUPPORT, patient_id)


def verify(desk: Desk, patient_id: str) -> None:
    Patient().do(desk.link_sender.send_verification(SUPPORT, patient_id).url)
    until(lambda: access(desk, patient_id).identity is IdentityState.VERIFIED)


def satisfy(desk: Desk, patient_id: str) -> None:
    Patient().do(desk.link_sender.send_challenge(SUPPORT, patient_id).url)
    assert access(desk, patient_id).aal2 is Aal2State.ACTIVE


def start(desk: Desk, patient_id: str) -> NetworkQuery:
    request = IasRequest(patient_id, Sources(lab=True))
    return desk.query_starts.start(SUPPORT, desk.query_starts.new_id(), request)


def queries_upstream(desk: Desk, patient_id: str) -> int:
    """How many queries for the person the sandbox itself has started."""
    assert desk.sandbox is not None
    sql = "SELECT count(*) FROM network_query WHERE patient_id = ?"
    row = desk.sandbox._up.network_queries._store.row(sql, (patient_id,))
    return int(row[0]) if row else 0


def trouble(desk: Desk, name: str) -> str:
    return desk.patients.search(SUPPORT, name).patients[0].id


def test_from_nobody_to_a_finished_query(running_desk: Desk, fresh_person: str) -> None:
    desk = running_desk
    with pytest.raises(NotReady, match="not verified yet"):
        start(desk, fresh_person)
    verify(desk, fresh_person)
    with pytest.raises(NotReady, match="No multifactor challenge"):
        start(desk, fresh_person)
    satisfy(desk, fresh_person)
    query = start(desk, fresh_person)
    assert query.status == "processing"
    until(lambda: desk.queries.open(SUPPORT, query.id).query.next_check_at is None)
    detail = desk.queries.open(SUPPORT, query.id)
    assert detail.query.status == "completed" and detail.query.purpose == "ias"
    assert detail.query.proofed_identity_id == access(desk, fresh_person).facts.identity.id  # type: ignore[union-attr]
    with pytest.raises(NotReady, match="each query needs a new challenge"):
        start(desk, fresh_person)


def test_fifty_presses_reach_upstream_once(running_desk: Desk, fresh_person: str) -> None:
    verify(running_desk, fresh_person)
    satisfy(running_desk, fresh_person)
    before = queries_upstream(running_desk, fresh_person)

    def press(_: int) -> bool:
        try:
            start(running_desk, fresh_person)
        except NotReady:
            return False
        return True

    with ThreadPoolExecutor(50) as pool:
        assert sum(pool.map(press, range(50))) == 1
    assert queries_upstream(running_desk, fresh_person) == before + 1
    with running_desk.store.read() as session:
        calls = select(UpstreamCall).where(UpstreamCall.patient_id == fresh_person)
        posts = [one for one in session.exec(calls).all() if one.path.endswith("/network/query")]
    assert len(posts) == 1


def test_an_identity_that_becomes_inactive_has_to_be_proofed_again(running_desk: Desk) -> None:
    ina = trouble(running_desk, "Ina Lapsley")
    assert access(running_desk, ina).identity is IdentityState.INACTIVE
    verify(running_desk, ina)
    satisfy(running_desk, ina)
    query = start(running_desk, ina)
    assert (query.status, query.error_status) == ("rejected", 412)
    assert "not in active status" in (query.error_detail or "")
    found = access(running_desk, ina)
    assert (found.identity, found.aal2) == (IdentityState.INACTIVE, Aal2State.EXPIRED)
    assert "not active" in found.why_not


def test_a_webhook_that_is_lost_leaves_the_person_returned(running_desk: Desk) -> None:
    wendell = trouble(running_desk, "Wendell Hook")
    page = Patient().do(running_desk.link_sender.send_verification(SUPPORT, wendell).url)
    assert "you are done here" in page.text
    found = access(running_desk, wendell)
    assert found.facts.verification and found.facts.verification.returned_at is not None
    with running_desk.store.read() as session:
        sent = session.get_one(IdentitySession, found.facts.verification.target)
    assert sent.verified_at is None


def test_an_identity_of_the_companys_own_app_is_taken_in(
    running_desk: Desk, fresh_person: str
) -> None:
    url = running_desk.link_sender.return_url("identity")
    body = {"patientId": fresh_person, "redirectUrl": url, "metadata": {"app": "own"}}
    opened = running_desk.http.post("/medical/v1/identity/session", json=body).json()
    back = Patient().answer(opened["sessionUrl"])
    assert Patient().open(back).status_code == 400
    until(lambda: access(running_desk, fresh_person).identity is IdentityState.VERIFIED)
    found = access(running_desk, fresh_person).facts.identity
    assert found is not None and found.elsewhere


def test_an_ias_query_of_the_companys_own_app_is_taken_in(
    running_desk: Desk, fresh_person: str
) -> None:
    desk = running_desk
    verify(desk, fresh_person)
    identity = access(desk, fresh_person).facts.identity
    assert identity is not None
    url = desk.link_sender.return_url("aal2")
    body = {"proofedIdentityId": identity.id, "redirectUrl": url}
    opened = desk.http.post("/medical/v1/identity/aal2/challenge", json=body).json()
    session_id = Patient().answer(opened["challengeUrl"]).split("aal2SessionId=")[1].split("&")[0]
    answer = desk.http.post(
        "/medical/v1/network/query",
        params={"patientId": fresh_person, "purposeOfUse": "ias"},
        json={"sources": ["hie"], "proofedIdentityId": identity.id},
        headers={"x-aal2-session": session_id},
    ).json()

    def found() -> list[NetworkQuery]:
        from services.queries.filters import QueryFilters

        rows = desk.queries.search(SUPPORT, QueryFilters(patient_id=fresh_person)).rows
        return [row.query for row in rows if row.query.request_id == answer["requestId"]]

    until(lambda: bool(found()))
    assert (found()[0].origin, found()[0].purpose) == ("external", "ias")
    assert access(desk, fresh_person).aal2 is Aal2State.NONE


def test_a_redirect_url_off_the_allowlist_is_told(faulty: Desk, fresh_person: str) -> None:
    allowed = faulty.http.get("/_control").json()["redirectUrls"]
    faulty.http.post("/_control", json={"redirectUrls": []}).raise_for_status()
    try:
        with pytest.raises(UpstreamInvalid) as refused:
            faulty.link_sender.send_verification(SUPPORT, fresh_person)
        assert "allowlist" in (refused.value.detail or "")
        assert _statuses(faulty)[-2:] == [CheckStatus.FAILED, CheckStatus.FAILED]
    finally:
        faulty.http.post("/_control", json={"redirectUrls": allowed}).raise_for_status()
    assert set(_statuses(faulty)) == {CheckStatus.OK}


def _statuses(desk: Desk) -> list[CheckStatus]:
    log = desk.store.engine.url
    # The folder of the running program, not the one that the repository ships.
    settings = Settings(
        _env_file=None,  # type: ignore[call-arg]
        database_url=log.render_as_string(),
        data_dir=Path(log.database or "").parent,
    )
    port, key = desk.http.base_url.port or 0, desk.sandbox.webhook_key if desk.sandbox else None
    return [one.status for one in examine(settings, port, key)]


def test_the_doctor_finds_what_is_wrong(unused_port: int, tmp_path: object) -> None:
    settings = Settings(
        _env_file=None,  # type: ignore[call-arg]
        data_dir=tmp_path,  # type: ignore[arg-type]
        metriport_api_key="k",  # type: ignore[arg-type]
        metriport_base_url=f"http://localhost:{unused_port}",
        public_url=f"http://localhost:{unused_port}",
    )
    findings = list(examine(settings, unused_port))
    told = " ".join(one.what for one in findings)
    fine = [one.what for one in findings if one.status is CheckStatus.OK]
    assert ["GiB are free" in what for what in fine].count(True) == 1
    for word in ("METRIPORT_WEBHOOK_KEY", "HTTPS", "There is no log at", "does not answer"):
        assert word in told


def test_people_are_found_by_where_they_stand(running_desk: Desk, fresh_person: str) -> None:
    search = running_desk.patient_search
    verified = search.search(SUPPORT, SearchRequest(identity=IdentityState.VERIFIED))
    ids = [one.id for one in verified.patients]
    states = running_desk.identity.standings(SUPPORT, ids)
    assert len(ids) >= 25 and {one.identity for one in states.values()} == {IdentityState.VERIFIED}
    assert verified.next_page and verified.total is None
    more = search.turn(SUPPORT, SearchRequest(identity=IdentityState.VERIFIED), verified.next_page)
    assert not {one.id for one in more.patients} & set(ids)
    running_desk.link_sender.send_verification(SUPPORT, fresh_person)
    ready = search.search(SUPPORT, SearchRequest(identity=IdentityState.LINK_READY))
    assert fresh_person in [one.id for one in ready.patients]
    both = SearchRequest("Ina Lapsley", identity=IdentityState.NONE)
    assert search.search(SUPPORT, both).patients == []
