"""PDF documents: tagged, of texts that stay texts, with what is attached to them."""

import io
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader
from pypdf.generic import DictionaryObject

from services.exports.pdf.document import make_pdf
from services.exports.pdf.printable import printable

AT = datetime(2026, 9, 14, 15, 30, 0, 123, tzinfo=UTC)
TEMPLATE = """
#import "paper.typ": *
#let contents = json("contents.json")
#show: paper.with(contents)
== A part
#facts(contents.facts)
#listed((1fr, 1fr), ("Name", "Number"), contents.rows)
#columns-chart(contents.chart)
#attach("a.bin", about: "A file", relationship: "data")
"""


def document(tmp_path: Path, **values: Any) -> PdfReader:
    template = tmp_path / "template.typ"
    template.write_text(TEMPLATE)
    chart = {
        "title": "Queries", "alt": "Queries by month: 1, 2.", "unit": "", "stacked": False,
        "labels": ["2026-08", "2026-09"], "ticks": [0, 1, 2],
        "series": [{"name": "IAS", "values": [1, 2]}, {"name": "Treatment", "values": [0, None]}],
    }  # fmt: skip
    known: dict[str, Any] = {
        "title": "A document", "subtitle": "For a test", "is_sandbox": True, "foot": "At the foot",
        "facts": [("Label", "value")], "rows": [["one", 1]], "chart": chart,
    }  # fmt: skip
    made = make_pdf(template, known | values, AT, {"a.bin": b"\x00\xff"})
    return PdfReader(io.BytesIO(made))


def words(reader: PdfReader) -> str:
    return " ".join(" ".join(page.extract_text() for page in reader.pages).split())


def elements(part: Any) -> Iterator[DictionaryObject]:
    """An element of the structure and all below it."""
    part = part.get_object()
    if isinstance(part, DictionaryObject):
        yield part
        part = [part["/K"]] if "/K" in part else []
    for one in part if isinstance(part, list) else []:
        yield from elements(one)


def structure(reader: PdfReader) -> list[DictionaryObject]:
    return list(elements(reader.root_object["/StructTreeRoot"]))


def test_it_is_tagged_and_says_its_language_and_title(tmp_path: Path) -> None:
    reader = document(tmp_path)
    root = reader.root_object
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en"
    assert reader.metadata is not None and reader.metadata.title == "A document"
    kinds = {element.get("/S") for element in structure(reader)}
    assert {"/H1", "/H2", "/Table", "/THead", "/TH", "/TD", "/Figure"} <= kinds
    first = reader.outline[0]
    assert first["/Title"] == "A document"
    assert b"pdfuaid" in root["/Metadata"].get_data()


def test_the_same_contents_are_the_same_file(tmp_path: Path) -> None:
    assert document(tmp_path).stream.read() == document(tmp_path).stream.read()


def test_a_chart_is_told_to_whoever_cannot_see_it(tmp_path: Path) -> None:
    reader = document(tmp_path)
    alts = [element["/Alt"] for element in structure(reader) if "/Alt" in element]
    assert alts == ["Queries by month: 1, 2."]
    assert "2026-08" in words(reader) and "Treatment" in words(reader)


def test_what_is_attached_can_be_taken_out(tmp_path: Path) -> None:
    assert document(tmp_path).attachments == {"a.bin": [b"\x00\xff"]}


@pytest.mark.parametrize(
    "text",
    [
        "=1+1", "#sys.version", "*bold* _x_ $x$ `raw` @ref <label> \\ // x", "= Title", "- a",
        "<b>&amp;</b>", '"quotes"', "#image(\"a.bin\")", "https://evil.example", "a -- b ... c",
        "'single' \"double\"",
    ],
)  # fmt: skip
def test_a_text_is_printed_as_it_is(tmp_path: Path, text: str) -> None:
    told = words(document(tmp_path, facts=[("Label", text)], rows=[[[text], 1]], foot=text))
    assert told.count(text) >= 3, told


def test_a_long_word_is_broken_and_stays_one_word(tmp_path: Path) -> None:
    text = "z" * 10_000
    reader = document(tmp_path, facts=[("Label", text)], rows=[[text, 1]])
    assert len(reader.pages) > 3
    assert "".join(words(reader).split()).count("z") == 20_000
    # Nothing runs over the edge of the paper.
    assert max(len(line) for page in reader.pages for line in page.extract_text().split()) <= 66


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("a\x00b\nc\x1b", "a b c "),
        ("\u202eevil", "[U+202E]evil"),
        ("\u2066x\u2069", "[U+2066]x[U+2069]"),
        ("\ud800", "?"),
        ("王", "[U+738B]"),
        ("e\u0301", "é"),
        ("محمد", "محمد"),
    ],
)
def test_what_cannot_be_printed_is_told_by_its_number(text: str, printed: str) -> None:
    assert printable(text) == printed


@given(st.lists(st.text(max_size=30), max_size=10))
def test_every_text_makes_a_document(texts: list[str]) -> None:
    """Where the font lacked a sign, the standards would refuse the whole document."""
    template = Path(__file__).parent / "any_texts.typ"
    contents = {"title": "T", "subtitle": "S", "is_sandbox": False, "foot": "F", "texts": texts}
    assert make_pdf(template, contents, AT).startswith(b"%PDF")


def test_a_document_without_a_row_is_one(tmp_path: Path) -> None:
    assert document(tmp_path, rows=[], facts=[]).pages
