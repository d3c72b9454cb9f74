"""The file of a run's results: everybody, in the order of the list."""

import csv
import io

from services.bulk.export import results_export
from services.exports.formats import CSV
from services.metriport.schemas import Sources
from services.queries.requests import REASONS, TreatmentRequest
from tests.bulk.desks import SUPPORT, A, B, Desks


def test_everybody_of_a_run_is_in_its_file_started_or_not(desks: Desks) -> None:
    request = TreatmentRequest(A, "f", Sources(lab=True), REASONS[0])
    desks.bulk.begin(SUPPORT, "r-1", ["not an id", B], request)
    desks.begin(2)
    desks.work()
    content = desks.exports.make(SUPPORT, results_export("r-1"), CSV).decode()
    failed, started = csv.DictReader(io.StringIO(content, newline=""))
    assert (failed["patient_id"], failed["status"], failed["query_id"]) == (
        "not an id",
        "failed",
        "",
    )
    assert failed["error"]
    assert started["patient_id"] == B and started["query_id"]
    assert started["submitted_at_utc"] == "2026-09-14T15:30:00.000000Z"


def test_an_unknown_run_has_nobody(desks: Desks) -> None:
    assert desks.exports.count(SUPPORT, results_export("nobody")) == 0
