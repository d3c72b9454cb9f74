"""The IAS audit: was every query allowed, and can it be proved? Figures, findings, evidence."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from sqlmodel import Session, col, select

from services.clock import Clock
from services.compliance.audit_figures import (
    Figures,
    Trend,
    figures_of,
    first_day,
    read_figures,
    read_trend,
    start_of,
)
from services.compliance.audit_filters import AuditFilters
from services.compliance.evidence.config import DEFAULT_CONFIG, EvidenceConfig
from services.compliance.evidence.evidence import Evidence
from services.compliance.evidence.gathering import read_evidence
from services.compliance.product_figures import ProductFigures, read_product_figures
from services.compliance.reviews import figures as review_figures
from services.errors import NotInLog
from services.outcomes.small_cells import SmallCells
from services.staff.audit import Audit
from services.staff.permissions import Actor, Permission, Role
from services.store import Store
from services.store.lists.distinct import distinct_values
from services.store.lists.paging import Page
from services.store.tables import Assessment, AuditEvent, Finding

EVENT = "event "
"""How the subject of a look begins, before the number of its event."""

AuditPage = Page[Assessment]

_FIVE = SmallCells(5)


@dataclass(frozen=True)
class JudgedLook:
    """A look at somebody's records: its event, what the rules found, and by which version.

    `rules_version` is empty where no rule has judged the event.
    """

    event: AuditEvent
    findings: tuple[Finding, ...]
    rules_version: str


class IasAudit:
    """Reads what the rules say; changes nothing but the access log."""

    def __init__(
        self,
        store: Store,
        audit: Audit,
        clock: Clock,
        config: EvidenceConfig = DEFAULT_CONFIG,
        cells: SmallCells = _FIVE,
    ) -> None:
        self._store = store
        self._audit = audit
        self._clock = clock
        self._config = config
        self._cells = cells

    def figures(self, actor: Actor, since: date, until: date) -> Figures:
        """The figures of the days (UTC) from `since` to `until`, both included: numbers only.

        Product gets them by the rule of small cells, of whole weeks or months, and without reviews.
        Raises `NotPermitted`, and for product `InvalidInput` for other days.
        """
        self._require_figures(actor, since, until)
        with self._store.read() as session:
            if actor.role is Role.PRODUCT:
                return figures_of(self._for_product(session, since, until).total)
            return _with_reviews(session, read_figures(session, since, until))

    def trend(self, actor: Actor, since: date, until: date) -> Trend:
        """The course of the same figures, by days, weeks, months or quarters.

        Raises as `figures` does.
        """
        self._require_figures(actor, since, until)
        with self._store.read() as session:
            if actor.role is Role.PRODUCT:
                return self._for_product(session, since, until).trend
            return read_trend(session, since, until)

    def first_day(self, actor: Actor) -> date | None:
        """The first day (UTC) of which anything was judged, or None; raises `NotPermitted`.

        For product it is the first day of its month: the day itself may be one person's.
        """
        self._audit.require(actor, Permission.IAS_FIGURES)
        with self._store.read() as session:
            first = first_day(session)
        return start_of(first, "month") if first and actor.role is Role.PRODUCT else first

    def findings(self, actor: Actor, filters: AuditFilters, cursor: str | None = None) -> AuditPage:
        """One page of the judged queries and looks, worst first, then newest.

        `cursor` is that of the page before. Raises `NotPermitted`, and `InvalidInput` for a text
        that is no cursor, or where `filters.patient_id` is no id.
        """
        # Before anything is noted: the address may have a name there.
        filters = filters.checked()
        patient_id = filters.patient_id
        self._audit.require(actor, Permission.IAS_AUDIT, patient_id)
        details = filters.summary()
        self._audit.look(actor, "ias_audit.view", patient_id=patient_id, details=details)
        with self._store.read() as session:
            return filters.page(session, cursor)

    def staff(self, actor: Actor) -> Mapping[str, str]:
        """Who started a judged query or looked: newest names by stable id, in order of the names.

        Raises `NotPermitted`.
        """
        self._audit.require(actor, Permission.IAS_AUDIT)
        with self._store.read() as session:
            ids = distinct_values(session, col(Assessment.actor_id))
            names = {one: _newest_name(session, one) for one in ids}
        return dict(sorted(names.items(), key=lambda item: item[1].casefold()))

    def evidence(self, actor: Actor, query_id: str) -> Evidence:
        """The chain of one query and what the rules say of it, computed now.

        Raises `NotPermitted`, and `NotInLog` for an id that no query has.
        """
        self._audit.require(actor, Permission.IAS_AUDIT)
        with self._store.read() as session:
            found = read_evidence(session, [query_id], self._clock(), self._config)
        evidence = found.get(query_id)
        if evidence is None:
            raise NotInLog("The log holds no query with this id, so there is no evidence of one.")
        of = ("query", query_id)
        self._audit.look(actor, "evidence.view", patient_id=evidence.patient_id, of=of)
        return evidence

    def look(self, actor: Actor, seq: int) -> JudgedLook:
        """A look at somebody's records by the number of its event, and what the rules say of it.

        Raises `NotPermitted`, and `NotInLog` where the access log has no such event (any more).
        """
        self._audit.require(actor, Permission.IAS_AUDIT)
        with self._store.read() as session:
            judged = _read_look(session, seq)
        if judged is None:
            raise NotInLog("The access log has no event of this number.")
        of = ("event", str(seq))
        self._audit.look(actor, "evidence.view", patient_id=judged.event.patient_id, of=of)
        return judged

    def _for_product(self, session: Session, since: date, until: date) -> ProductFigures:
        return read_product_figures(session, since, until, self._clock(), self._cells)

    def _require_figures(self, actor: Actor, since: date, until: date) -> None:
        self._audit.require(actor, Permission.IAS_FIGURES)
        # The same for figures and trend, so that a page with both leaves one event.
        details = {"since": since.isoformat(), "until": until.isoformat()}
        self._audit.look(actor, "ias_audit.view", details=details)


def _with_reviews(session: Session, figures: Figures) -> Figures:
    reviews = review_figures.read_figures(session)
    return replace(figures, open_reviews=reviews.open, oldest_open=reviews.oldest_at)


def _newest_name(session: Session, actor_id: str) -> str:
    """The name that somebody had at their newest event; names change, ids do not."""
    newest = select(AuditEvent.actor).where(col(AuditEvent.actor_id) == actor_id)
    found = session.exec(newest.order_by(col(AuditEvent.seq).desc()).limit(1)).first()
    return found or _judged_name(session, actor_id)


def _judged_name(session: Session, actor_id: str) -> str:
    """The name beside a query of somebody whose events are older than the access log."""
    named = select(Assessment.actor).where(col(Assessment.actor_id) == actor_id).limit(1)
    return session.exec(named).first() or actor_id


def _read_look(session: Session, seq: int) -> JudgedLook | None:
    event = session.get(AuditEvent, seq)
    if event is None:
        return None
    subject = f"{EVENT}{seq}"
    judged = session.get(Assessment, subject)
    found = select(Finding).where(col(Finding.subject) == subject, col(Finding.gone_at).is_(None))
    worst = (col(Finding.severity).desc(), col(Finding.rule))
    findings = tuple(session.exec(found.order_by(*worst)).all())
    return JudgedLook(event, findings, judged.rules_version if judged else "")
