"""A person's access report as a PDF to print: A4 or Letter paper both hold it."""

import unicodedata
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from fpdf import FPDF, FontFace
from fpdf.enums import TableBordersLayout, TableCellFillMode, XPos, YPos

from pages._ui.words.audit.sentences import event_sentence
from pages._ui.words.names import role_name
from pages._ui.words.outside import cell_text
from services.staff.access_log.report import AccessReport
from services.staff.access_log.rows import AuditEvent

_FONTS = Path(__file__).parents[1] / "fonts"
_FONT = "DejaVu"
# The part that A4 and Letter have in common.
_PAGE, _MARGIN = (210.0, 279.0), 16.0
_ACCENT, _PALE, _GRAY = (13, 115, 119), (238, 244, 244), (90, 98, 104)
_WIDTHS = (34, 46, 62, 36)
_HEADINGS = ("When", "Who", "What", "Why")
_LINE = 4.6
_LONGEST_NAME, _LONGEST_WORDS = 120, 200

_EXPLANATION = (
    "This report lists every time somebody of the company looked at this person’s record in "
    "Access Desk or did something about it, as the access log has it. Searches are listed when "
    "they showed this person among others. Lists of queries, and files made of them, show ids and "
    "no names; they are listed when they were about this person alone. What the program did by "
    "itself is not listed."
)


def report_pdf(report: AccessReport, zone: ZoneInfo, *, is_sandbox: bool) -> bytes:
    """The report as a PDF. Times are in `zone`, which the report names."""
    page = _Paper(report, zone, is_sandbox)
    page.add_page()
    _draw_head(page, report, zone)
    if report.events:
        _draw_events(page, report, zone)
    else:
        page.write_line(
            "Nobody of the company has looked at this record in this period.", bold=True
        )
    return bytes(page.output())


class _Paper(FPDF):
    """Pages with a head and a foot of their own."""

    def __init__(self, report: AccessReport, zone: ZoneInfo, is_sandbox: bool) -> None:
        super().__init__(format=_PAGE)
        self._report = report
        self._is_sandbox = is_sandbox
        self._made_at = _moment(report.made_at, zone)
        self.set_margin(_MARGIN)
        self.set_auto_page_break(True, margin=20)
        for style, file in (("", "DejaVuSans.ttf"), ("B", "DejaVuSans-Bold.ttf")):
            self.add_font(_FONT, style, _FONTS / file)
        # Arabic letters are joined, and Hebrew runs from right to left.
        self.set_text_shaping(True)
        self.set_title("Access report")
        self.set_author("Access Desk")
        self.set_lang("en")

    def printable(self, text: object) -> str:
        """`text` with the signs that the font lacks told by their numbers, never as boxes."""
        signs = unicodedata.normalize("NFC", cell_text(text))
        return "".join(one if self._has(one) else f"[U+{ord(one):04X}]" for one in signs)

    def lacks_signs_of(self, text: str) -> bool:
        """Whether the font cannot print the whole text."""
        return self.printable(text) != unicodedata.normalize("NFC", cell_text(text))

    def write_line(self, text: str, *, bold: bool = False, size: float = 9.5) -> None:
        """A paragraph over the whole width."""
        self.set_font(_FONT, "B" if bold else "", size)
        self.multi_cell(0, size * 0.5, text, new_x=XPos.LMARGIN, new_y=YPos.NEXT, align="L")

    def header(self) -> None:
        """The name of the program on every page, and that the data is invented where it is."""
        self.set_font(_FONT, "B", 9)
        self.set_text_color(*_ACCENT)
        self.cell(0, 6, "Access Desk", new_x=XPos.LMARGIN, new_y=YPos.TOP)
        if self._is_sandbox:
            self.set_text_color(170, 80, 0)
            self.cell(0, 6, "Sandbox: invented data", align="R", new_x=XPos.LMARGIN)
        self.set_y(self.get_y() + 9)
        self.set_text_color(0)

    def footer(self) -> None:
        """Whose report it is, by id, when it was made, and the number of the page."""
        self.set_y(-14)
        self.set_font(_FONT, "", 7.5)
        self.set_text_color(*_GRAY)
        made = f"Patient id {self.printable(self._report.patient_id)} · made {self._made_at}"
        self.cell(0, 5, made, new_x=XPos.LMARGIN, new_y=YPos.TOP)
        self.cell(0, 5, f"Page {self.page_no()} of {{nb}}", align="R")
        self.set_text_color(0)

    def _has(self, sign: str) -> bool:
        # Marks without a width need no picture.
        if unicodedata.category(sign) in ("Cf", "Zs"):
            return True
        font = self.fonts[_FONT.lower()]
        return ord(sign) in font.cmap  # type: ignore[union-attr]


def _draw_head(page: _Paper, report: AccessReport, zone: ZoneInfo) -> None:
    page.write_line("Access report", bold=True, size=19)
    page.ln(1.5)
    page.write_line("Who of the company looked at this person’s record", size=11)
    page.ln(4)
    name = report.name[:_LONGEST_NAME] or "(no name)"
    facts = [
        ("Person", page.printable(name)),
        ("Born", page.printable(report.born) or "unknown"),
        ("Patient id", page.printable(report.patient_id)),
        ("Period", _period(report, zone)),
        ("Events", f"{len(report.events):,} by {_people(report.events)}"),
        ("Made", f"{_moment(report.made_at, zone)} by {page.printable(report.made_by)}"),
        ("Times", f"in the time zone {zone.key}"),
    ]
    for label, value in facts:
        page.set_font(_FONT, "", 9.5)
        page.set_text_color(*_GRAY)
        page.cell(28, 5.6, label)
        page.set_text_color(0)
        page.set_font(_FONT, "B" if label == "Person" else "", 9.5)
        page.multi_cell(0, 5.6, value, new_x=XPos.LMARGIN, new_y=YPos.NEXT, align="L")
    if page.lacks_signs_of(name):
        page.ln(1)
        page.write_line(
            "The font of this file lacks signs of the name; each is told by its Unicode number.",
            size=8.5,
        )
    page.ln(3)
    page.write_line(_EXPLANATION, size=8.5)
    page.ln(4)


def _draw_events(page: _Paper, report: AccessReport, zone: ZoneInfo) -> None:
    page.set_font(_FONT, "", 8.5)
    page.set_draw_color(205, 214, 216)
    head = FontFace(emphasis="BOLD", color=255, fill_color=_ACCENT)
    with page.table(
        col_widths=_WIDTHS,
        width=page.epw,
        line_height=_LINE,
        padding=1.4,
        text_align="LEFT",
        headings_style=head,
        borders_layout=TableBordersLayout.HORIZONTAL_LINES,
        cell_fill_color=_PALE,
        cell_fill_mode=TableCellFillMode.ROWS,
    ) as table:
        table.row(_HEADINGS)
        for event in report.events:
            table.row([_lines(page, cell) for cell in _cells(event, report.patient_id, zone)])


def _cells(event: AuditEvent, patient_id: str, zone: ZoneInfo) -> Sequence[Sequence[str | None]]:
    """The lines of each cell. A role has a line of its own: a name may run from right to left."""
    return (
        [_moment(event.at, zone)],
        [event.actor[:_LONGEST_NAME], role_name(event.role) if event.role else None],
        [report_sentence(event, patient_id)],
        [event.reason, event.ticket],
    )


def _lines(page: _Paper, lines: Sequence[str | None]) -> str:
    return "\n".join(page.printable(line[:_LONGEST_WORDS]) for line in lines if line) or "–"


def report_sentence(event: AuditEvent, patient_id: str) -> str:
    """What was done, for the person whom it is about: nothing of others who were shown too."""
    if event.patient_id != patient_id:
        return "Saw the person in a list of search results"
    return event_sentence(event)


def _people(events: Sequence[AuditEvent]) -> str:
    number = len({event.actor_id for event in events})
    return f"{number:,} {'member' if number == 1 else 'members'} of the staff"


def _period(report: AccessReport, zone: ZoneInfo) -> str:
    until = _moment(report.until, zone)
    if report.since is None:
        return f"everything in the access log until {until}"
    return f"{_moment(report.since, zone)} to {until}"


def _moment(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).strftime("%b %-d, %Y, %H:%M:%S %Z")
