"""The live board of today's sessions at home."""

from datetime import date

from flask import jsonify, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from clinic.kernel import journal
from clinic.kernel.actor import Role
from clinic.kernel.localtime import in_zone
from clinic.people.queries import rows_of
from clinic.scheduling.queries import join_links
from clinic.session_day.queries.board import BoardRow, pulse_of, sessions_of_day
from clinic.session_day.rules.board import Urgency
from clinic.web.coordinator import blueprint
from clinic.web.coordinator.sessions.words import CHECKLISTS, DUES, SUPPORT, URGENCIES
from clinic.web.frame import policy
from clinic.web.frame.forms import FormModel, read_query
from clinic.web.frame.requests import actor, now, runtime


class NoQuery(FormModel):
    """Nothing: the board is about today."""


@blueprint.get("/sessions")
@policy.staff(Role.COORDINATOR, audit="sessions.listed")
def sessions() -> str:
    """Show every session at home that starts today, what hurts most first."""
    read_query(NoQuery)
    day, zone = _today()
    with runtime().begin(by=actor()) as session:
        rows = sessions_of_day(session, day=day, zone=zone, now=now())
        seen = tuple({row.visit.patient_id for row in rows})
        journal.note(session, "sessions.listed", subject_kind="day", subject_id=None, at=now(), patient_ids=seen)
        late = {row.visit.id: row.visit.patient_id for row in rows if row.urgency is Urgency.NOT_BEGUN}
        patients = rows_of(session, set(late.values()))
        rooms = join_links(session, [row.visit for row in rows], ring=runtime().link_ring, now=now())
    return render_template(
        "coordinator/sessions/board.html",
        rows=rows,
        rooms=rooms,
        to_call={visit_id: patients[patient_id] for visit_id, patient_id in late.items()},
        day=day,
        zone=zone,
        checklists=CHECKLISTS,
        support=SUPPORT,
        urgencies=URGENCIES,
        dues=DUES,
        pulse=pulse_of(rows, now=now()),
    )


@blueprint.get("/sessions/pulse")
@policy.staff(Role.COORDINATOR, polling=True)
def sessions_pulse() -> ResponseReturnValue:
    """Tell in one word whether the board still shows what is; an open page asks this every 20 seconds."""
    day, _ = _today()
    with runtime().begin(by=actor()) as session:
        return jsonify(pulse=pulse_of(_rows(session, day), now=now()))


def _rows(session: Session, day: date) -> list[BoardRow]:
    return sessions_of_day(session, day=day, zone=runtime().clinic.zone, now=now())


def _today() -> tuple[date, str]:
    zone = runtime().clinic.zone
    return in_zone(now(), zone).date(), zone
