"""My day and my patients: what one physician has in front of them, in their own zone."""

from datetime import timedelta
from uuid import UUID

from flask import render_template
from sqlalchemy.orm import Session

from clinic.kernel import journal
from clinic.kernel.actor import Role
from clinic.kernel.errors import NotFound
from clinic.kernel.localtime import in_zone
from clinic.people import queries as people
from clinic.people.models import Physician
from clinic.scheduling import queries as scheduling
from clinic.web.frame import policy
from clinic.web.frame.forms import FormModel, read_query
from clinic.web.frame.requests import actor, now, runtime
from clinic.web.physician import blueprint
from clinic.web.slots import NearbyDay

_MOST_PATIENTS = 200
_NOTICE_BEFORE_LICENCE_ENDS = timedelta(days=60)


class NoPhysicianRecord(NotFound):
    """The account may sign in as a physician but no physician is tied to it yet."""

    code = "no_physician_record"


class DayQuery(FormModel):
    """Which day."""

    on: NearbyDay | None = None


def own_record(session: Session) -> Physician:
    """Return the signed-in physician's record, or raise NoPhysicianRecord."""
    account = actor().id
    found = people.physician_of_staff(session, account) if account else None
    if found is None:
        raise NoPhysicianRecord("Your account is not tied to a physician yet. Ask an administrator to do that.")
    return found


@blueprint.get("/my-day")
@policy.staff(Role.PHYSICIAN, audit="day.viewed")
def today() -> str:
    """Show the physician's visits of one day, with what comes next on top."""
    wanted = read_query(DayQuery)
    with runtime().begin(by=actor()) as session:
        me = own_record(session)
        day_today = in_zone(now(), me.zone).date()
        on = wanted.on or day_today
        rows = scheduling.day_list(session, day=on, zone=me.zone, physician_id=me.id, now=now())
        seen = tuple({row.patient_id for row in rows})
        journal.note(
            session, "day.viewed", subject_kind="day", subject_id=None, at=now(), patient_ids=seen, day=str(on)
        )
        ending = (day_today + _NOTICE_BEFORE_LICENCE_ENDS, day_today)
        mine = {
            one.id for one in people.patients_of_physician(session, physician_id=me.id, now=now(), limit=_MOST_PATIENTS)
        }
        licences = people.licences_by_physician(session, [me.id]).get(me.id, [])
    return render_template(
        "physician/day.html",
        me=me,
        on=on,
        today=day_today,
        previous=on - timedelta(days=1),
        following=on + timedelta(days=1),
        rows=rows,
        mine=mine,
        next_visit=next((row for row in rows if row.ends_at > now() and row.state in {"booked", "confirmed"}), None),
        ending=[one for one in licences if ending[1] <= one.valid_until <= ending[0]],
    )


@blueprint.get("/my-patients")
@policy.staff(Role.PHYSICIAN, audit="patients.listed")
def patients() -> str:
    """List the patients whose care team the physician is on."""
    with runtime().begin(by=actor()) as session:
        me = own_record(session)
        found = people.patients_of_physician(session, physician_id=me.id, now=now(), limit=_MOST_PATIENTS)
        seen = tuple(row.id for row in found)
        journal.note(session, "patients.listed", subject_kind="patient", subject_id=None, at=now(), patient_ids=seen)
    return render_template("physician/patients.html", found=found)


@blueprint.get("/my-patients/<uuid:patient_id>")
@policy.staff(Role.PHYSICIAN, audit="patient.viewed")
def patient(patient_id: UUID) -> str:
    """Show one patient of the physician's own; anybody else's does not exist here."""
    with runtime().begin(by=actor()) as session:
        own_record(session)
        found = people.patient_for(session, actor=actor(), patient_id=patient_id, now=now())
        row = people.rows_of(session, [patient_id])[patient_id]
        upcoming = scheduling.upcoming_for_patient(session, patient_id=patient_id, now=now())
        past = scheduling.past_for_patient(session, patient_id=patient_id, now=now())
        journal.note(
            session,
            "patient.viewed",
            subject_kind="patient",
            subject_id=patient_id,
            at=now(),
            patient_ids=(patient_id,),
        )
        return render_template("physician/patient.html", patient=found, row=row, upcoming=upcoming, past=past)
