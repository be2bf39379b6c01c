"""The gates of a session as staff read them: every one that is asked now, met or not, and where it is put right."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from uuid import UUID

from flask import url_for
from sqlalchemy.orm import Session

from clinic.readiness.actions.starting import Begun
from clinic.readiness.models import ReadinessCheck
from clinic.readiness.queries.checks import latest_check, reasons_now, reasons_of, set_aside
from clinic.readiness.queries.sessions import Asked, sessions_named
from clinic.readiness.rules.codes import GateCode, Way
from clinic.readiness.rules.facts import Moment
from clinic.readiness.rules.gates import Reason, asked_at, blocking
from clinic.readiness.rules.moments import moment_of
from clinic.readiness.rules.wording import wording
from clinic.scheduling.queries import VisitRow
from clinic.scheduling.rules.states import UPCOMING
from clinic.web.frame.requests import now

MOMENT_WORDS: Mapping[Moment, str] = MappingProxyType(
    {
        Moment.OFFER: "before an offer",
        Moment.T72: "three days before",
        Moment.T24: "the day before",
        Moment.START: "at the start",
    }
)

Sentence = Callable[[Reason], str]
_Link = tuple[str, str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One gate on a page: `state` is met, waits, advice or aside; a link leads to where it is put right."""

    title: str
    state: str
    sentence: str = ""
    href: str | None = None
    step: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """The gates of a session as things stand now, and the newest check that was kept."""

    moment: Moment
    moment_words: str
    open: tuple[Line, ...]
    met: tuple[Line, ...]
    waits: int
    checked_at: datetime | None
    last: ReadinessCheck | None

    @property
    def may_begin(self) -> bool:
        """Tell whether nothing stands in the way at this moment."""
        return self.waits == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A promised session with what is not met now, and what a physician set aside for it."""

    asked: Asked
    moment: Moment
    reasons: tuple[Reason, ...]
    aside: frozenset[str]


def standing(session: Session, row: VisitRow, *, moment: Moment | None = None) -> Standing | None:
    """Return what is asked of a promised session now, or at `moment`; None for any other visit."""
    found = sessions_named(session, [row.id]) if row.state in UPCOMING else []
    if not found:
        return None
    at = moment or moment_of(now(), row.starts_at)
    reasons = reasons_now(session, found[0], moment=at, now=now())
    return Standing(asked=found[0], moment=at, reasons=reasons, aside=set_aside(session, found[0]))


def panel_of(session: Session, known: Standing, *, say: Sentence, link: Callable[[Reason], _Link]) -> Panel:
    """Return the panel of a session; `say` words a gate for the reader, `link` is address and words of the way out."""
    assert known.asked.appointment_id is not None, "a booked session has an id"
    unmet = {each.code for each in known.reasons}
    last = latest_check(session, known.asked.appointment_id)
    return Panel(
        moment=known.moment,
        moment_words=MOMENT_WORDS[known.moment],
        open=tuple(_line(each, known.aside, say=say, link=link) for each in known.reasons),
        met=tuple(Line(title=title_of(code), state="met") for code in asked_at(known.moment) if code not in unmet),
        waits=len(blocking(known.reasons, known.aside)),
        checked_at=last.decided_at if last else None,
        last=last,
    )


def not_begun(begun: Begun) -> str:
    """Return why a visit that was to begin did not, in a coordinator's words; nothing where it did."""
    if begun.has_begun or begun.check is None:
        return ""
    left = len(blocking(reasons_of(begun.check), begun.check.overridden))
    return f"Not begun: {left} {'gate waits' if left == 1 else 'gates wait'}. Nothing else was changed."


def title_of(code: GateCode) -> str:
    """Return what a gate is called on pages of staff."""
    return wording(code).title


def _line(reason: Reason, aside: Collection[str], *, say: Sentence, link: Callable[[Reason], _Link]) -> Line:
    state = "advice" if not reason.is_block else "waits"
    if reason.is_block and not blocking([reason], aside):
        state = "aside"
    href, step = link(reason) or (None, "")
    return Line(title=title_of(reason.code), state=state, sentence=say(reason), href=href, step=step)


def coordinator_link(row: VisitRow) -> Callable[[Reason], _Link]:
    """Return where a coordinator puts a gate of this visit right."""
    by_patient = {
        Way.PATIENT: ("coordinator.patient", "Open the patient"),
        Way.FORMS: ("coordinator.forms", "Open the forms"),
        Way.BILLING: ("coordinator.billing", "Open billing"),
        Way.COURSE: ("coordinator.course", "Open the course"),
    }

    def link(reason: Reason) -> _Link:
        way = reason.gate.way
        if reason.code is GateCode.LOCATION_UNSTATED:
            return url_for("coordinator.ask_where", appointment_id=row.id), "Write down where"
        if way is Way.MOVE:
            return url_for("coordinator.ask_move", appointment_id=row.id), "Move the visit"
        if way is Way.BOOK:
            return url_for("coordinator.book", patient=row.patient_id), "Book a visit"
        if way is Way.MEDICATION:
            return url_for("coordinator.deliveries"), "Open deliveries"
        if way not in by_patient:
            return None
        endpoint, words = by_patient[way]
        return url_for(endpoint, patient_id=row.patient_id), words

    return link


def physician_link(patient_id: UUID) -> Callable[[Reason], _Link]:
    """Return where a physician puts a gate right."""
    places = {
        Way.MEDICATION: ("physician.medication", "Open medication"),
        Way.COURSE: ("physician.plan", "Open the plan"),
    }

    def link(reason: Reason) -> _Link:
        if reason.code is GateCode.CLINICAL_HOLD:
            return url_for("physician.findings", patient_id=patient_id), "Open the flags"
        if reason.gate.way not in places:
            return None
        endpoint, words = places[reason.gate.way]
        return url_for(endpoint, patient_id=patient_id), words

    return link
