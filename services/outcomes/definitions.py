"""What each chart and figure of Outcomes and Adoption counts: one text for pages, files and docs.

`docs/metrics.md` repeats the texts; `tests/outcomes/test_definitions.py` keeps both the same.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

OUTCOMES, ADOPTION = "Outcomes", "Adoption"
"""The pages, as a definition names them."""

_SUBMISSION = "The moment at which the query was submitted, whenever it ended."
_VIEWER_DAY = (
    "At midnight in the viewer’s time zone, which the page names; weeks begin on Monday. For "
    "product it begins in UTC."
)
_FIRST_LINK = (
    "The moment at which the first link was made for the person, whenever they went further."
)
_UTC_DAY = "At midnight in UTC, for every viewer; weeks begin on Monday."

_TESTS = "People marked as test, unless the page is told to count them."
_EXTERNAL = "Where the page is told so, queries that another program started with our key."
_ALL_EXTERNAL = (
    "Where the page is told so, people of whose queries in that time another program started all."
)
_QUERIES_LEFT_OUT = f"{_TESTS} {_EXTERNAL} A query that retention or an erasure deleted stays."

_UNTIMED = "Attempts without a start or an end, and those whose end lies before their start."

_HISTOGRAM = (
    "They are read from a histogram whose steps widen with the time: a percentile is at most 2 % "
    "off the exact one."
)
_ROUNDED = (
    "Whole calendar weeks or months of UTC and one filter at a time. Numbers are rounded to "
    "multiples of the smallest group that is shown (setting SMALL_CELL, 5 unless it is set), "
    "smaller groups are not shown, and rates are of rounded numbers. Nothing opens."
)


@dataclass(frozen=True)
class Definition:
    """What a chart or a figure shows.

    `counts` is what is counted, `time` by which of its moments, and `day` when a day begins.
    `left_out` is what is not in it, `percentiles` how they err (empty where there are none), and
    `product` what the product role sees instead. All are plain sentences, without markup.
    """

    key: str
    page: str
    title: str
    counts: str
    time: str
    day: str
    left_out: str
    percentiles: str = ""
    product: str = _ROUNDED

    @property
    def lines(self) -> Sequence[tuple[str, str]]:
        """The parts that there are, each with its name, in the order in which they are read."""
        parts = (
            ("Counted", self.counts),
            ("By", self.time),
            ("A day begins", self.day),
            ("Left out", self.left_out),
            ("Percentiles", self.percentiles),
            ("Product sees", self.product),
        )
        return [(name, text) for name, text in parts if text]

    @property
    def markdown(self) -> str:
        """The definition as a list in Markdown, without its title."""
        return "\n".join(f"- **{name}:** {text}" for name, text in self.lines)


def _outcome(key: str, title: str, counts: str, **more: str) -> Definition:
    usual = {"time": _SUBMISSION, "day": _VIEWER_DAY, "left_out": _QUERIES_LEFT_OUT}
    return Definition(key, OUTCOMES, title, counts, **(usual | more))


def _adoption(key: str, title: str, counts: str, time: str, **more: str) -> Definition:
    usual = {"day": _UTC_DAY, "left_out": _TESTS}
    return Definition(key, ADOPTION, title, counts, time, **(usual | more))


_OUTCOMES = (
    _outcome(
        "headline",
        "Figures above the charts",
        "Queries of the period. Completed and failed are shares of the queries that Metriport ran "
        "to their end. Completed leaves out those whose records were counted to none; these, "
        "hidden failures, unconfirmed and not started ones stand for themselves below. The share "
        "of IAS is of all queries. Each is compared with the same part of the period before, and "
        "not compared where either has fewer than 10 queries.",
    ),
    _outcome(
        "status",
        "Queries over time",
        "Network queries by the status that they have now and by purpose of use; treatment and "
        "IAS are never added up. Unconfirmed and not started stand for themselves: nobody answered "
        "the start. A hidden failure is a query that Metriport calls partial although every source "
        "that it names completed: one that it did not name must have failed. No records is a query "
        "that completed, and whose records were counted to none.",
    ),
    _outcome(
        "unusual_days",
        "Unusual days",
        "Whole days whose number of queries of a purpose is outside of what is usual for their "
        "weekday, as “Days outside the usual range” in docs/metrics.md says. A day that still "
        "runs is not judged.",
        product="No unusual days: they are days, and product sees weeks and months.",
    ),
    _outcome(
        "success_by_source",
        "How each source ended",
        "Queries, once for each type of source that they asked. The result is the status that the "
        "latest attempts of the type share, or mixed where its providers ended differently. Shares "
        "are of the type’s queries of a purpose of use, those that still run included.",
    ),
    _outcome(
        "source_over_time",
        "Sources over time",
        "Queries, once for each type of source that they asked, and the share in which all latest "
        "attempts of the type completed, of those that do not still run; mixed counts as ended.",
    ),
    _outcome(
        "durations",
        "Time to finish",
        "Attempts of a source that completed, by the seconds from their start to their end as "
        "Metriport tells them: the median, the 90th and the 99th percentile. Earlier attempts of "
        "the same source count too.",
        left_out=f"{_QUERIES_LEFT_OUT} {_UNTIMED}",
        percentiles=_HISTOGRAM,
    ),
    _outcome(
        "durations_over_time",
        "Time to finish, over time",
        "The same attempts as in “Time to finish”, by when their query was submitted.",
        left_out=f"{_QUERIES_LEFT_OUT} {_UNTIMED}",
        percentiles=_HISTOGRAM,
    ),
    _outcome(
        "duration_distribution",
        "Distribution of the time to finish",
        "The same attempts as in “Time to finish”, by how long they took. Each column "
        "holds a range of times that is wider the longer they are.",
        left_out=f"{_QUERIES_LEFT_OUT} {_UNTIMED}",
        percentiles=f"The columns come from the same histogram. {_HISTOGRAM}",
    ),
    _outcome(
        "errors",
        "Most frequent errors",
        "Queries that have an error, once for each different error: of the query itself by its "
        "title, of a source by its message, with ids, numbers and times in it replaced by marks, "
        "and each with its HTTP status. First and last seen are the bars of the chart in which the "
        "first and the last such query of the period was submitted.",
        left_out=f"{_QUERIES_LEFT_OUT} Errors without a text. A query that got the same error from "
        "several attempts of a source has it once.",
    ),
    _outcome(
        "facility",
        "By facility",
        "Queries by the facility that they were started for and by their status; none is a "
        "facility of its own, as an IAS query has none.",
    ),
    _outcome(
        "records",
        "Completed with and without records",
        "Completed queries by what the records that were fetched after them were counted to: some, "
        "none, or not counted yet. A query that found nothing is no success that helps anybody.",
    ),
)

_ADOPTION = (
    _adoption(
        "funnel",
        "Funnel",
        "People, by the number of steps in a row that they have reached: verification link made, "
        "opened, consent, verified, challenged, AAL2 satisfied, IAS query started (Metriport took "
        "it), at least one source completed, records received. Each step counts by the first time "
        "it was reached. A mail scanner that follows a link opens it. With CONSENT=off consent is "
        "no step. Conversion is of those at the step before.",
        _FIRST_LINK,
        left_out=f"{_TESTS} People for whom no link was ever made, and links that were withdrawn "
        "unopened.",
    ),
    _adoption(
        "step_times",
        "Time between steps",
        "People who reached both of two steps that follow each other, by the time between the "
        "first moments of both: the median, the 90th percentile and the distribution.",
        _FIRST_LINK,
        percentiles=_HISTOGRAM,
        left_out=f"{_TESTS} Steps that were reached before the one before them, as a consent that "
        "was imported.",
    ),
    _adoption(
        "active_people",
        "Active people",
        "Different people with at least one IAS query that Metriport took in a calendar week or "
        "month. New in the one of their first IAS query of all, returning in every other. Counted "
        "exactly, not by a sketch.",
        _SUBMISSION,
        left_out=f"{_TESTS} {_ALL_EXTERNAL}",
    ),
    _adoption(
        "retention",
        "Retention",
        "People by the calendar month of their first IAS query, and the share of them with an IAS "
        "query so many months later. Months that are not over are not shown.",
        _SUBMISSION,
        left_out=f"{_TESTS} {_ALL_EXTERNAL}",
    ),
    _adoption(
        "ias_share",
        "Share of IAS",
        "IAS queries as a share of all network queries of the week or month.",
        _SUBMISSION,
        left_out=_QUERIES_LEFT_OUT,
    ),
    _adoption(
        "queries_per_person",
        "Queries per person",
        "People with an IAS query in a calendar month, by how many they had in it; ten stands for "
        "ten or more.",
        _SUBMISSION,
        left_out=f"{_TESTS} {_ALL_EXTERNAL}",
    ),
    _adoption(
        "aal2_yield",
        "AAL2 yield",
        "AAL2 sessions, one for each challenge, by what became of them, as “What became of AAL2 "
        "sessions” in docs/metrics.md says. The yield is the number of sessions that were "
        "satisfied for each query with at least one completed source: 1 is the best. Sessions of "
        "which nobody can tell yet are not in it.",
        "The moment at which the challenge was satisfied.",
    ),
    _adoption(
        "aal2_by_method",
        "AAL2 by method",
        "People of the funnel by whether the method of the first challenge that they satisfied "
        "resists phishing (a passkey does), and how far they got.",
        _FIRST_LINK,
        left_out=f"{_TESTS} People who satisfied no challenge, or one whose method is not known.",
    ),
    _adoption(
        "adoption_by_facility",
        "Adoption by facility",
        "People of the funnel by the facility of their newest query that names one, how far they "
        "got, and how many received records in the period; of the twenty facilities with most "
        "queries.",
        _FIRST_LINK,
        left_out=f"{_TESTS} People without a query that names a facility.",
    ),
    _adoption(
        "links_unopened",
        "Links that nobody opened",
        "Links to the verification and to the challenge, by what became of them until they "
        "expired: opened, withdrawn, replaced by a newer one of their kind, or unopened. A mail "
        "scanner that follows a link opens it.",
        "The moment at which the link expired, so that every link of a day that is over has had "
        "its time.",
        left_out=f"{_TESTS} Links that are still valid.",
    ),
    _adoption(
        "records_received",
        "Records received",
        "People whose records were counted to at least one resource, asked for after an IAS query "
        "of theirs that completed a source; each once, at the first time. This is what adoption "
        "means here.",
        "The moment at which the records were first received.",
    ),
)

DEFINITIONS: Mapping[str, Definition] = {chart.key: chart for chart in (*_OUTCOMES, *_ADOPTION)}
"""Every definition by its key, in the order of the pages."""


def definition(key: str) -> Definition:
    """The definition of a chart or a figure; raises `KeyError` for a key that there is not."""
    return DEFINITIONS[key]


def definitions_markdown(definitions: Iterable[Definition] = DEFINITIONS.values()) -> str:
    """The definitions as a chapter of `docs/metrics.md`: a heading for each page and each chart."""
    parts, page = [], ""
    for chart in definitions:
        if chart.page != page:
            page = chart.page
            parts.append(f"### {page}")
        parts.append(f"#### {chart.title}\n\nKey: `{chart.key}`\n\n{chart.markdown}")
    return "\n\n".join(parts)
