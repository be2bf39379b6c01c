"""What is still needed before a session, in the patient's own words, with the page on which it is done."""

from dataclasses import dataclass

from flask import url_for
from sqlalchemy.orm import Session

from clinic.readiness.rules.codes import GateCode
from clinic.readiness.rules.gates import Reason
from clinic.readiness.rules.wording import for_patient
from clinic.scheduling.queries import VisitRow
from clinic.web.readiness import standing

_BY_MOVING = frozenset({GateCode.GAP_SHORT, GateCode.GAP_BELOW_FLOOR, GateCode.PROGRAM_PAUSED})
_SUPPORT = frozenset({GateCode.SUPPORT_UNNAMED, GateCode.SUPPORT_UNCONFIRMED})
_UNTOLD = frozenset({GateCode.MEMBERSHIP_CLOSED})
"""Money keeps nobody from a session, so this page is silent about it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Needed:
    """One thing that is left, and the page for it where the patient can do it."""

    words: str
    href: str | None


def still_needed(session: Session, row: VisitRow, *, language: str, has_checklist: bool) -> list[Needed]:
    """Return what is left before a session, each sentence once; nothing for any other visit.

    `has_checklist` says that the list of questions waits and the reader's link leads to it.
    """
    known = standing(session, row)
    if known is None:
        return []
    found: dict[str, Needed] = {}
    for reason in known.reasons:
        if reason.code in _UNTOLD or reason.code in known.aside:
            continue
        words = for_patient(reason, language=language)
        found.setdefault(words, Needed(words=words, href=_page(reason, row, has_checklist=has_checklist)))
    return list(found.values())


def _page(reason: Reason, row: VisitRow, *, has_checklist: bool) -> str | None:
    if reason.code is GateCode.LOCATION_UNSTATED:
        return url_for("patient.ask_where", appointment_id=row.id)
    if reason.code is GateCode.CHECKLIST_OPEN and has_checklist:
        return url_for("patient.checklist")
    if reason.code in _SUPPORT:
        return url_for("patient.support", appointment_id=row.id)
    if reason.code in _BY_MOVING:
        return url_for("patient.ask_move", appointment_id=row.id)
    return None
