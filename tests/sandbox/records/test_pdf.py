import re

import pytest

from services.sandbox.records.pdf import pdf


def test_the_table_says_where_each_object_begins() -> None:
    written = pdf(["First", "Second"])
    start = int(re.findall(rb"startxref\n(\d+)\n%%EOF\n$", written)[0])
    assert written[start:].startswith(b"xref\n0 6\n")
    offsets = [int(at) for at in re.findall(rb"(\d{10}) 00000 n \n", written)]
    assert len(offsets) == 5
    for number, at in enumerate(offsets, 1):
        assert written[at:].startswith(b"%d 0 obj\n" % number)


def test_the_stream_is_as_long_as_it_says() -> None:
    ((length, content),) = re.findall(
        rb"/Length (\d+) >>\nstream\n(.*)\nendstream", pdf(["a", "b"]), re.DOTALL
    )
    assert int(length) == len(content)


@pytest.mark.parametrize(
    ("line", "shown"),
    [("(a) \\", rb"(\(a\) \\) '"), ("Núñez", b"(N\xfa\xf1ez) '"), ("李", b"(?) '")],
)
def test_text_cannot_break_out(line: str, shown: bytes) -> None:
    assert shown in pdf([line])
