"""Writes a PDF of one page with some lines of text (file structure: ISO 32000-1, 7.5)."""

_PAGE = b"""<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R
/Resources << /Font << /F1 5 0 R >> >> >>"""
_FONT = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"


def pdf(lines: list[str]) -> bytes:
    """One page of US letter size; characters outside Windows-1252 become question marks."""
    # The operator ' moves to the next line and shows a string (ISO 32000-1, 9.4.3).
    text = b"\n".join(b"(" + _escaped(line) + b") '" for line in lines)
    content = b"BT /F1 11 Tf 16 TL 60 740 Td\n" + text + b"\nET"
    stream = b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content)
    pages = b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>"
    return _file([b"<< /Type /Catalog /Pages 2 0 R >>", pages, _PAGE, stream, _FONT])


def _file(objects: list[bytes]) -> bytes:
    """A PDF file of these objects, with the table of their byte offsets that the format needs."""
    written, offsets = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        offsets.append(len(written))
        written += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % at for at in offsets)
    size = len(objects) + 1
    trailer = b"<< /Size %d /Root 1 0 R >>" % size
    parts = (size, table, trailer, len(written))
    return written + b"xref\n0 %d\n%strailer\n%s\nstartxref\n%d\n%%%%EOF\n" % parts


def _escaped(line: str) -> bytes:
    # In a PDF string the backslash escapes; it must be doubled first.
    raw = line.encode("cp1252", "replace")
    return raw.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
