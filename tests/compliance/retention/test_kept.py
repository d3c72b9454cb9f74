"""The table of what is kept: of every table of the log, and the same in the document."""

from pathlib import Path

from sqlmodel import SQLModel

from services.compliance.retention.due import KINDS
from services.compliance.retention.kept import BODIES, KEPT, LOG, Fate, markdown
from services.settings import Settings

DOCUMENT = Path(__file__).parents[3] / "docs" / "compliance.md"


def test_every_table_of_the_log_has_its_row() -> None:
    tables = {kept.table for kept in KEPT}
    assert tables == set(SQLModel.metadata.tables)


def test_every_column_that_is_named_is_one_and_no_row_stands_twice() -> None:
    names = [kept.name for kept in KEPT]
    assert len(set(names)) == len(names)
    for kept in KEPT:
        _, _, column = kept.name.partition(".")
        assert not column or column in SQLModel.metadata.tables[kept.table].columns
        # Every encrypted value has an end of its own, or is a note.
        assert (kept.fate is Fate.EMPTIED) is bool(column)


def test_every_encrypted_column_has_its_row() -> None:
    encrypted = {
        f"{table.name}.{column.name}"
        for table in SQLModel.metadata.tables.values()
        for column in table.columns
        if column.type.__class__.__name__ == "LargeBinary"
    }
    # Notes go with their review; the packed numbers of charts are no secret.
    others = {"review_decision.note", "rollup.fine", "rollup.bins"}
    assert encrypted - others == {k.name for k in KEPT if "." in k.name}


def test_what_is_purged_is_said_to_be() -> None:
    purged = {kind.name for kind in KINDS}
    purged |= {str(part.table.__tablename__) for kind in KINDS for part in kind.parts}
    said = {kept.name for kept in KEPT if kept.how_long in (LOG, BODIES)}
    # The access log has a purge of its own.
    assert said - purged == {"audit_event", "audit_subject"}
    assert purged <= said


def test_every_setting_that_is_named_is_one() -> None:
    named = {kept.how_long for kept in KEPT if kept.how_long.isupper()}
    assert {name.lower() for name in named} <= set(Settings.model_fields)


def test_the_document_has_the_same_table() -> None:
    assert markdown() in DOCUMENT.read_text("utf-8")
