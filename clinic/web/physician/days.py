"""My day: what one physician has in front of them, in their own zone, with what comes next on top."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from flask import jsonify, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from clinic.dashboards.work_queue import work_queue
from clinic.handover.queries.transfers import transfers_for
from clinic.kernel import journal
from clinic.kernel.actor import Role
from clinic.kernel.localtime import first_instant_of
from clinic.people import queries as people
from clinic.people.models import Licence, Physician
from clinic.people.queries import CoverRow
from clinic.scheduling import queries as scheduling
from clinic.scheduling.models import AvailabilityOverride, ClinicClosure
from clinic.scheduling.queries import VisitRow
from clinic.web.frame import policy
from clinic.web.frame.forms import FormModel, read_query
from clinic.web.frame.requests import actor, now, runtime
from clinic.web.physician import blueprint
from clinic.web.physician.agenda import agenda, coming
from clinic.web.physician.marks import mark_of
from clinic.web.physician.own import own_record, today_of
from clinic.web.physician.own_days import own_day
from clinic.web.slots import NearbyDay
from clinic.worklist.queries import ItemRow, items
from clinic.worklist.rules import WorkKind

_A_DAY = timedelta(days=1)
_MOST_PATIENTS = 2000
_MOST_TASKS = 50
_NOTICE_BEFORE_LICENCE_ENDS = timedelta(days=60)
_ON_OWN_LISTS = (
    WorkKind.FLAG_REVIEW,
    WorkKind.MEMBERSHIP_APPROVAL,
    WorkKind.FINANCIAL_HAND_OFF,
    WorkKind.HOLD_ENDS,
    WorkKind.INTAKE_WAITING,
)
"""Tasks that stand on a list of their own, where each physician sees those of the own patients."""


class DayQuery(FormModel):
    """Which day; without one it is today."""

    on: NearbyDay | None = None


@blueprint.get("/my-day")
@policy.staff(Role.PHYSICIAN, audit="day.viewed")
def today() -> str:
    """Show the physician's visits of one day, the free time between them, and what is closed."""
    wanted = read_query(DayQuery)
    ring = runtime().link_ring
    with runtime().begin(by=actor()) as session:
        me = own_record(session)
        on = wanted.on or today_of(me)
        day = own_day(session, me, day=on, now=now())
        links = scheduling.join_links(session, day.rows, ring=ring, now=now())
        mine = patients_in_reach(session, me)
        opened = people.told_to_team(session, physician_id=me.id, now=now())
        tasks = _tasks(session, mine)
        names = people.rows_of(session, {item.patient_id for item, _ in tasks if item.patient_id})
        seen = {row.patient_id for row in day.rows} | {row.patient_id for row in opened} | set(names)
        transfers = transfers_for(session, me.id, now=now())
        seen |= {each.transfer.patient_id for each in transfers}
        _note(session, seen, on)
        return render_template(
            "physician/day.html",
            me=me,
            day=day,
            today=today_of(me),
            previous=on - _A_DAY,
            following=on + _A_DAY,
            lines=agenda(day, links, now=now()),
            coming=coming(day.rows, links, now=now()) if on == today_of(me) else None,
            later=None if day.visits else _next_after(session, me, on),
            mine=mine,
            places=scheduling.whereabouts_of(session, day.rows),
            off=time_off_of(session, me, on),
            closures=closures_of(session, on),
            covers=_covers(session, me, on),
            ending=_ending_licences(session, me),
            tasks=tasks,
            names={patient_id: row.name for patient_id, row in names.items()},
            opened=opened,
            transfers=transfers,
            pulse=mark_of(session, me, days=(on, on), ring=ring, now=now()),
            pulse_at=url_for("physician.day_pulse", on=wanted.on),
        )


def _tasks(session: Session, mine: set[UUID]) -> list[tuple[ItemRow, str]]:
    """Return what waits for a physician about the own patients, what hurts most first, each with the reason why."""
    queue = work_queue(session, roles={Role.PHYSICIAN}, now=now(), without=_ON_OWN_LISTS, of_patients=mine)
    shown = [(one.item_id, one.why(now())) for one in queue.waiting[:_MOST_TASKS] if one.item_id]
    found = items(session, [item_id for item_id, _ in shown])
    return [(found[item_id], why) for item_id, why in shown]


@blueprint.get("/my-day/pulse")
@policy.staff(Role.PHYSICIAN, polling=True)
def day_pulse() -> ResponseReturnValue:
    """Tell in one word whether My day still shows what is; an open page asks this every 20 seconds."""
    wanted = read_query(DayQuery)
    with runtime().begin(by=actor()) as session:
        me = own_record(session)
        on = wanted.on or today_of(me)
        return jsonify(pulse=mark_of(session, me, days=(on, on), ring=runtime().link_ring, now=now()))


def patients_in_reach(session: Session, physician: Physician) -> set[UUID]:
    """Return whose pages the physician may open now."""
    found = people.patients_of_physician(session, physician_id=physician.id, now=now(), limit=_MOST_PATIENTS)
    return {one.id for one in found}


def time_off_of(session: Session, physician: Physician, day: date) -> list[AvailabilityOverride]:
    """Return the physician's closed and extra stretches that touch a local day."""
    begin, end = first_instant_of(day, physician.zone), first_instant_of(day + _A_DAY, physician.zone)
    found = scheduling.overrides_of(session, physician_id=physician.id, since=begin)
    return [row for row in found if row.starts_at < end]


def closures_of(session: Session, day: date) -> list[ClinicClosure]:
    """Return the clinic's closures of a day."""
    return [row for row in scheduling.closures(session, since=day) if row.first_day <= day]


def _covers(session: Session, physician: Physician, day: date) -> list[CoverRow]:
    """Return the covers of a day; today those to come too."""
    ahead = people.covers_of(session, physician.id, now())
    if day == today_of(physician):
        return ahead
    return [row for row in ahead if row.first_day <= day <= row.last_day]


def _next_after(session: Session, physician: Physician, day: date) -> VisitRow | None:
    """Return the first promised visit after a day without any."""
    since: datetime = max(now(), first_instant_of(day + _A_DAY, physician.zone))
    return next(iter(scheduling.upcoming_of_physician(session, physician_id=physician.id, now=since)), None)


def _ending_licences(session: Session, physician: Physician) -> list[Licence]:
    first, last = today_of(physician), today_of(physician) + _NOTICE_BEFORE_LICENCE_ENDS
    held = people.licences_by_physician(session, [physician.id])[physician.id]
    return [one for one in held if first <= one.valid_until <= last and not _is_replaced(one, held)]


def _is_replaced(licence: Licence, beside: Sequence[Licence]) -> bool:
    return any(one.state == licence.state and one.valid_until > licence.valid_until for one in beside)


def _note(session: Session, seen: set[UUID], on: date) -> None:
    journal.note(
        session, "day.viewed", subject_kind="day", subject_id=None, at=now(), patient_ids=tuple(seen), day=str(on)
    )
