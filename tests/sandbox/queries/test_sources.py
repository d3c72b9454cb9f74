from datetime import UTC, datetime, timedelta

import pytest

from services.sandbox.queries.sources import Asked, SourceRun, by_type, query_status, run

NOW = datetime(2026, 9, 14, 15, 30, tzinfo=UTC)
PATIENTS = [f"0191b878-d0c4-7d82-8960-{n:012d}" for n in range(200)]


def seconds(patient_id: str, type_: str, trouble: str | None = None, speed: float = 1) -> float:
    found = run(patient_id, trouble, Asked(type_), NOW, speed)
    return (found[0].completes_at - NOW).total_seconds()


def ended(type_: str, outcome: str, after: float) -> SourceRun:
    return SourceRun(type_, "somebody", outcome, NOW, NOW + timedelta(seconds=after))


@pytest.mark.parametrize(
    ("type_", "least", "most"), [("pharmacy", 3, 8), ("lab", 5, 12), ("hie", 10, 25)]
)
def test_sources_take_a_plausible_while(type_: str, least: float, most: float) -> None:
    taken = [seconds(patient_id, type_) for patient_id in PATIENTS]
    assert least <= min(taken) < max(taken) <= most
    assert max(taken) - min(taken) > (most - least) * 0.8


def test_a_person_always_waits_as_long() -> None:
    assert seconds(PATIENTS[0], "hie") == seconds(PATIENTS[0], "hie")
    assert seconds(PATIENTS[0], "hie") != seconds(PATIENTS[1], "hie")


def test_speed_shortens_the_wait() -> None:
    assert seconds(PATIENTS[0], "hie", speed=100) == pytest.approx(
        seconds(PATIENTS[0], "hie") / 100, abs=1e-5
    )


def test_a_slow_person_waits_ten_minutes() -> None:
    assert seconds(PATIENTS[0], "lab", "slow") == 600


@pytest.mark.parametrize(
    ("trouble", "failing"),
    [
        (None, set()),
        ("lab_fails", {"lab"}),
        ("hie_fails", {"hie"}),
        ("all_fail", {"hie", "pharmacy", "lab"}),
        ("webhooks_lost", set()),
    ],
)
def test_trouble_decides_what_fails(trouble: str | None, failing: set[str]) -> None:
    types = ("hie", "pharmacy", "lab")
    outcomes = {type_: run(PATIENTS[0], trouble, Asked(type_), NOW, 1)[0] for type_ in types}
    assert {type_ for type_, one in outcomes.items() if one.outcome == "failed"} == failing


def test_providers_are_named() -> None:
    runs = [run(PATIENTS[0], None, Asked(type_), NOW, 1) for type_ in ("hie", "pharmacy", "lab")]
    assert [one.provider for found in runs for one in found] == [
        "national-hie",
        "surescripts",
        "quest",
    ]


def test_a_realtime_pull_ends_somewhat_later() -> None:
    for patient_id in PATIENTS:
        usual, pull = run(patient_id, None, Asked("pharmacy", realtime=True), NOW, 1)
        assert (usual.provider, pull.provider) == ("surescripts", "surescripts-realtime-pulls")
        later = pull.completes_at - usual.completes_at
        assert timedelta(seconds=2) <= later <= timedelta(seconds=6)


def test_first_data_of_an_hie_is_ready_half_way_unless_it_fails() -> None:
    (found,) = run(PATIENTS[0], None, Asked("hie"), NOW, 1)
    assert found.first_data_at is not None
    half = (found.completes_at - NOW) / 2
    assert abs(found.first_data_at - NOW - half) < timedelta(milliseconds=1)
    assert run(PATIENTS[0], "hie_fails", Asked("hie"), NOW, 1)[0].first_data_at is None


def test_a_run_is_processing_until_it_is_due() -> None:
    one = ended("lab", "failed", 5)
    assert one.status(NOW + timedelta(seconds=4.999)) == "processing"
    assert one.status(NOW + timedelta(seconds=5)) == "failed"


@pytest.mark.parametrize(
    ("outcomes", "after", "expected"),
    [
        (["completed", "completed"], 1, "processing"),
        (["completed", "failed"], 7, "processing"),
        (["completed", "completed"], 10, "completed"),
        (["completed", "failed"], 10, "partial"),
        (["failed", "failed"], 10, "failed"),
        ([], 0, "failed"),
    ],
)
def test_the_status_of_a_query_is_derived(outcomes: list[str], after: float, expected: str) -> None:
    runs = [ended("lab", outcome, 5 * n) for n, outcome in enumerate(outcomes, 1)]
    assert query_status(runs, NOW + timedelta(seconds=after)) == expected


def test_providers_of_a_type_are_answered_as_one() -> None:
    runs = [ended("pharmacy", "completed", 4), ended("pharmacy", "failed", 8)]
    (early,) = by_type(runs, NOW + timedelta(seconds=5))
    assert early == {
        "type": "pharmacy",
        "status": "processing",
        "startedAt": "2026-09-14T15:30:00.000Z",
    }
    (late,) = by_type(runs, NOW + timedelta(seconds=9))
    assert late["status"] == "completed"
    assert late["completedAt"] == "2026-09-14T15:30:08.000Z"
    (failed,) = by_type([ended("lab", "failed", 1)], NOW + timedelta(seconds=9))
    assert failed["status"] == "failed"
