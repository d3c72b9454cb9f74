"""Files of the charts: made of what the services answer to whoever asks, and noted first."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any, BinaryIO

from services.clock import Clock
from services.errors import InvalidInput
from services.exports.cells import Cell
from services.exports.csv_file import write_csv
from services.exports.formats import Format, Rows
from services.exports.xlsx_file import Sheet, write_book
from services.outcomes.adoption.adoption import Adoption
from services.outcomes.adoption.views import AdoptionView
from services.outcomes.chart_files.adoption_tables import ADOPTION_CHARTS, AdoptionFacts
from services.outcomes.chart_files.chart_ask import ChartAsk, ChartForm
from services.outcomes.chart_files.chart_table import ChartTable, without_zeros
from services.outcomes.chart_files.outcome_tables import OUTCOME_CHARTS
from services.outcomes.chart_files.page_pdf import page_pdf
from services.outcomes.outcomes import Outcomes, OutcomeView
from services.outcomes.small_cells import SmallCells
from services.staff.exports import Export, Exports, ListedRows
from services.staff.permissions import Actor, Permission, Role


class ChartFiles:
    """Makes the files. What product may not see is left out by the services that it reads."""

    def __init__(
        self,
        exports: Exports,
        outcomes: Outcomes,
        adoption: Adoption,
        cells: SmallCells,
        clock: Clock,
        *,
        is_sandbox: bool,
    ) -> None:
        self._exports = exports
        self._outcomes = outcomes
        self._adoption = adoption
        self._cells = cells
        self._clock = clock
        self._is_sandbox = is_sandbox

    def make(self, actor: Actor, ask: ChartAsk) -> bytes:
        """The file; who made it, with which filters and how many rows, is noted before.

        Raises `NotPermitted`, `SignInEnded`, `LogUnavailable`, and `InvalidInput` for a chart that
        there is not, or a view that is not for the role.
        """
        tables = self._tables(actor, ask)
        if actor.role is Role.PRODUCT:
            tables = [without_zeros(table) for table in tables]
        chosen = [table for table in tables if table.key == ask.chart] if ask.chart else tables
        if not chosen or bool(ask.chart) == (ask.form is ChartForm.PDF):
            raise InvalidInput(f"There is no such file ({ask.page}: {ask.chart}, {ask.form}).")
        rows = [row for table in chosen for row in table.rows]
        columns = chosen[0].columns if ask.chart else ()
        export = Export(
            ask.page, Permission.OUTCOMES_VIEW, columns, ListedRows(rows), filters=ask.filters
        )
        about = self._about(actor, ask)
        return self._exports.make(actor, export, self._format(ask, chosen, about))

    def _tables(self, actor: Actor, ask: ChartAsk) -> list[ChartTable]:
        view = ask.view
        if isinstance(view, OutcomeView):
            status, sources = (
                self._outcomes.status(actor, view),
                self._outcomes.sources(actor, view),
            )
            return [make(status, sources) for make in OUTCOME_CHARTS.values()]
        facts = self._adoption_facts(actor, view)
        return [of_facts(facts) for of_facts in ADOPTION_CHARTS.values()]

    def _adoption_facts(self, actor: Actor, view: AdoptionView) -> AdoptionFacts:
        adoption, part = self._adoption, view.part
        # As on the page: a table by facility beside a filter would be two filters.
        is_product = actor.role is Role.PRODUCT
        is_shown = part.facility_id is None and not (is_product and part.leave_out_external)
        return AdoptionFacts(
            view=view,
            funnel=adoption.funnel(actor, view),
            activity=adoption.activity(actor, view),
            fates=adoption.fates(actor, view),
            received=adoption.received(actor, view)[0],
            facilities=adoption.facilities(actor, view) if is_shown else [],
        )

    def _about(self, actor: Actor, ask: ChartAsk) -> dict[str, str]:
        """What every file says of itself."""
        filters, (since, until) = ask.filters, ask.bounds
        chosen = "; ".join(f"{name}: {value}" for name, value in filters.items())
        about = {
            "Period (UTC)": f"{_minute(since)} to before {_minute(until)}",
            "Filter": chosen,
            "Made at (UTC)": f"{self._clock().astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "Made by": f"{actor.name} ({actor.role.value})",
            "Times": "UTC; durations are in seconds",
        }
        if actor.role is Role.PRODUCT:
            cell = self._cells.cell
            about["Small groups"] = (
                f"Groups of at most {cell} people are left out, and numbers are rounded to "
                f"multiples of {cell}."
            )
        return about

    def _format(
        self, ask: ChartAsk, tables: Sequence[ChartTable], about: Mapping[str, str]
    ) -> Format:
        write = {
            ChartForm.CSV: partial(_write_csv, ask),
            ChartForm.XLSX: partial(_write_xlsx, ask, tables[0], about),
            ChartForm.PDF: partial(self._write_pdf, ask, tables, about),
        }[ask.form]
        return Format(ask.form.name, ask.form.value, ask.form.mime, write)

    def _write_pdf(
        self,
        ask: ChartAsk,
        tables: Sequence[ChartTable],
        about: Mapping[str, str],
        file: BinaryIO,
        *_rows: Any,
    ) -> None:
        title, made_at = ask.page.capitalize(), self._clock()
        file.write(page_pdf(title, about, tables, made_at, is_sandbox=self._is_sandbox))


def _write_csv(
    ask: ChartAsk, file: BinaryIO, about: Mapping[str, str], columns: Sequence[str], rows: Rows
) -> None:
    # Every line of a CSV file is a row: what the file is of stands in columns of its own.
    since, until = ask.bounds
    more: list[Cell] = [since, until, "; ".join(f"{k}: {v}" for k, v in ask.filters.items())]
    headings = [*columns, "period_since_utc", "period_until_utc", "filter"]
    write_csv(file, about, headings, ([*row, *more] for row in rows))


def _write_xlsx(
    ask: ChartAsk,
    table: ChartTable,
    about: Mapping[str, str],
    file: BinaryIO,
    _described: Mapping[str, str],
    columns: Sequence[str],
    rows: Rows,
) -> None:
    """A sheet that says what it is, and one of the rows."""
    head = {"Page": table.meaning.page, "Chart": table.meaning.title}
    lines = [*head.items(), *table.meaning.lines, *about.items()]
    write_book(file, [Sheet("About", ("What", "Text"), lines), Sheet("Rows", columns, rows)])


def _minute(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M}"
