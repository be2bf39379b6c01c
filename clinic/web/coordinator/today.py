"""Today: everything that waits, by what hurts most if left, beside the day's visits."""

from datetime import date
from uuid import UUID

from flask import jsonify, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from clinic.dashboards import todays_pulse
from clinic.dashboards.work_queue import UNCONFIRMED_AHEAD, Queue, work_queue
from clinic.kernel import journal
from clinic.kernel.actor import Role
from clinic.kernel.ids import new_id
from clinic.kernel.localtime import in_zone
from clinic.people import queries as people
from clinic.policies.queries import number
from clinic.policies.rules import PolicyKey
from clinic.scheduling import queries as scheduling
from clinic.web.coordinator import blueprint
from clinic.web.coordinator.days import DayQuery, counts
from clinic.web.coordinator.queueing.rows import HARM_WORDS, cards
from clinic.web.frame import policy
from clinic.web.frame.forms import FormModel, WholeNumber, read_query
from clinic.web.frame.requests import actor, now, runtime
from clinic.worklist import queries as tasks
from clinic.worklist.errors import NoSuchTask
from clinic.worklist.rules import Harm

_MOST_SHOWN = 50
_AGAIN = (PolicyKey.CALL_AGAIN_HOURS, PolicyKey.CALL_AGAIN_MESSAGE_HOURS)


class TodayQuery(FormModel):
    """What of the queue, how many rows to pass over, the row to go on at, and the task just done, to bring it back."""

    harm: Harm | None = None
    skip: WholeNumber = 0
    at: UUID | None = None
    done: UUID | None = None


@blueprint.get("/today")
@policy.staff(Role.COORDINATOR, audit="today.viewed")
def today() -> str:
    """Show the queue, live holds and the day."""
    wanted = read_query(TodayQuery)
    zone = runtime().clinic.zone
    day = in_zone(now(), zone).date()
    with runtime().begin(by=actor()) as session:
        queue = work_queue(session, roles=_roles(), now=now())
        groups = queue.groups(wanted.harm)
        skip = wanted.skip if 0 <= wanted.skip < len(groups) else 0
        shown = groups[skip : skip + _MOST_SHOWN]
        visits = scheduling.day_list(session, day=day, zone=zone, now=now())
        holds = scheduling.holds(session, now=now())
        put_off = tasks.put_off_items(session, roles=_roles(), now=now())
        named = {one.head.patient_id for one in shown} | {row.patient_id for row in (*visits, *holds)}
        _note(session, named | _about(put_off), day)
        return render_template(
            "coordinator/today/index.html",
            day=day,
            zone=zone,
            queue=queue,
            cards=cards(session, shown, now=now()),
            total=len(groups),
            harms=_harm_links(queue),
            harm=wanted.harm,
            skip=skip,
            page_size=_MOST_SHOWN,
            at=wanted.at,
            done=_just_done(session, wanted.done),
            put_off=put_off,
            names={one: row.name for one, row in people.rows_of(session, _about(put_off)).items()},
            keys={one.head.id: new_id() for one in shown},
            hours=[number(session, key) for key in _AGAIN],
            visits=visits,
            counts=counts(visits, DayQuery(), day),
            holds=holds,
            pulse=_pulse(session, day),
        )


def _roles() -> frozenset[Role]:
    return frozenset(actor().roles & {Role.COORDINATOR, Role.ADMIN})


def _harm_links(queue: Queue) -> list[tuple[int, str, str, str]]:
    """Return how much there is of each harm, each with the address of the queue that shows only that."""
    links = [(len(queue.waiting), "all", url_for("coordinator.today"), "")]
    return links + [
        (count, HARM_WORDS[harm], url_for("coordinator.today", harm=harm.value), harm.value)
        for harm, count in queue.counts().items()
        if count
    ]


def _note(session: Session, seen: set[UUID | None], day: date) -> None:
    journal.note(
        session,
        "today.viewed",
        subject_kind="day",
        subject_id=None,
        at=now(),
        patient_ids=tuple(one for one in seen if one),
        day=str(day),
    )


@blueprint.get("/today/pulse")
@policy.staff(Role.COORDINATOR, polling=True)
def today_pulse() -> ResponseReturnValue:
    """Tell in one word whether Today still shows what is; an open page asks this every 20 seconds."""
    day = in_zone(now(), runtime().clinic.zone).date()
    with runtime().begin(by=actor()) as session:
        return jsonify(pulse=_pulse(session, day))


def _pulse(session: Session, day: date) -> str:
    zone = runtime().clinic.zone
    return todays_pulse.pulse(session, roles=_roles(), day=day, zone=zone, ahead=UNCONFIRMED_AHEAD, now=now())


def _just_done(session: Session, item_id: UUID | None) -> tasks.ItemRow | None:
    """Return the task that was closed a moment ago, so that it can be brought back."""
    try:
        return tasks.item(session, item_id) if item_id else None
    except NoSuchTask:
        return None


def _about(items: list[tasks.ItemRow]) -> set[UUID]:
    return {one.patient_id for one in items if one.patient_id}
