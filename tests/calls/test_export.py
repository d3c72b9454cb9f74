"""The file of the calls to the upstream."""

import csv
import io

import httpx

from services.calls.call_log import CallFilters
from services.calls.export import calls_export
from services.exports.formats import CSV
from tests.world import PATIENT, SUPPORT, World, answers


def rows(world: World, filters: CallFilters) -> list[dict[str, str]]:
    content = world.exports.make(SUPPORT, calls_export(filters), CSV)
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


def test_a_file_has_every_call_that_matches(world: World) -> None:
    world.answer = answers("processing", hie="processing")
    world.start()
    world.answer = lambda _: httpx.Response(500)
    world.start()
    found = rows(world, CallFilters())
    assert {row["path"] for row in found} == {"/medical/v1/network/query"}
    assert {row["at_utc"] for row in found} == {"2026-09-14T15:30:00.000000Z"}
    (failed,) = rows(world, CallFilters(outcome="failed"))
    assert (failed["status"], failed["patient_id"]) == ("500", PATIENT)
    assert len(rows(world, CallFilters(about=failed["query_id"]))) == 1
