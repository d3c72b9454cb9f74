"""The file of decisions: who decided what of which item, and no note."""

import csv
from io import StringIO

from services.compliance.reviews.export import decisions_export
from services.exports.formats import CSV
from services.staff.exports import Exports
from tests.compliance.reviews.stage import ANNA, BEN, ReviewStage
from tests.plans import plans_of
from tests.staff_members import make_actor


def _rows(stage: ReviewStage) -> list[dict[str, str]]:
    made = Exports(stage.store, stage.audit, stage.clock).make(BEN, decisions_export(), CSV)
    cells = list(csv.reader(StringIO(made.decode("utf-8-sig"))))
    begin = next(place for place, row in enumerate(cells) if row and row[0] == "id")
    return [dict(zip(cells[begin], row, strict=True)) for row in cells[begin + 1 :]]


def test_a_row_for_each_decision_and_no_note(stage: ReviewStage) -> None:
    formula = make_actor("=1+1", ANNA.role)
    item = stage.line_up("q", "warning a", "warning b")
    stage.decide(formula, "q", "not_justified", note="=HYPERLINK(secret words)")
    stage.clock.forward(minutes=1)
    stage.decide(BEN, "q", "not_justified", note="more secret words")
    rows = _rows(stage)
    assert [row["decision"] for row in rows] == ["not_justified", "not_justified"]
    assert [row["number"] for row in rows] == ["2", "1"], "the newest first"
    first = rows[1]
    assert (first["item_id"], first["subject"]) == (item.id, "q")
    assert (first["findings"], first["outcome"]) == ("warning a, warning b", "not_justified")
    assert not first["reviewer"].startswith("="), "no spreadsheet calculates it"
    assert not any("secret" in value for row in rows for value in row.values())


def test_its_plan(stage: ReviewStage) -> None:
    stage.line_up("q")
    stage.decide(ANNA, "q", "justified")
    plan = plans_of(stage.store, lambda: _rows(stage))
    # It reads every decision, in the order of their index, and each item by its key.
    scans = [step for step in plan if step.startswith(("SCAN", "Seq Scan"))]
    assert not any("review_item" in step for step in scans), plan
