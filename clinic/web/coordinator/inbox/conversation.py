"""One conversation: the talk, the box to answer in, and who it is with."""

from datetime import date
from itertools import groupby
from uuid import UUID

from flask import render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from clinic.access import queries as accounts
from clinic.conversations import queries
from clinic.conversations.queries import Said, Standing, Talk
from clinic.conversations.rules.replies import Draft, draft_of
from clinic.conversations.rules.saved import saved_replies
from clinic.conversations.rules.standing import WAYS_OUT
from clinic.kernel.actor import Role
from clinic.kernel.errors import DomainError
from clinic.kernel.ids import new_id
from clinic.kernel.localtime import in_zone
from clinic.messaging.rules.templates import Facts, dashed
from clinic.people import queries as people
from clinic.people.models import Patient
from clinic.scheduling import queries as scheduling
from clinic.scheduling.queries import VisitRow
from clinic.web.coordinator import blueprint
from clinic.web.coordinator.inbox.asked import InboxQuery
from clinic.web.coordinator.inbox.listing import list_part, note_seen
from clinic.web.coordinator.patients.wording import LANGUAGES
from clinic.web.frame import policy
from clinic.web.frame.forms import FormState, blank_form, read_query
from clinic.web.frame.requests import actor, now, runtime, see_other
from clinic.web.history_words import OUTCOMES

PAGE = "coordinator/inbox/conversation.html"
_SHOWN, _WHOLE = 60, 1000


@blueprint.get("/inbox/<uuid:phone_id>")
@policy.staff(Role.COORDINATOR, audit="conversation.viewed")
def conversation(phone_id: UUID) -> ResponseReturnValue:
    """Show the talk with one phone beside the list; a patient's id leads to the patient's phone."""
    wanted = read_query(InboxQuery)
    with runtime().begin(by=actor()) as session:
        owner = people.patients_by_id(session, [phone_id]).get(phone_id)
        if owner is not None:
            return see_other("coordinator.conversation", phone_id=owner.phone_id)
        page = talk_part(session, phone_id, wanted)
        return render_template(PAGE, form=blank_form(), **page)


def shown_again(phone_id: UUID, form: FormState, **more: object) -> ResponseReturnValue:
    """Return the page once more with what was typed, so that nothing is lost."""
    wanted = read_query(InboxQuery)
    with runtime().begin(by=actor()) as session:
        page = talk_part(session, phone_id, wanted, typed=form.value("body"))
        return render_template(PAGE, form=form, **(page | more)), form.status


def facts() -> Facts:
    """Return what a text says about the clinic."""
    clinic = runtime().clinic
    return Facts(clinic=clinic.name, phone=clinic.phone, site=clinic.public_base_url)


def talk_part(session: Session, phone_id: UUID, wanted: InboxQuery, *, typed: str = "") -> dict[str, object]:
    """Return everything that the page shows, and note who saw whom."""
    standing = queries.standing_of(session, phone_id)
    ids = [each.id for each in standing.patients]
    listed = list_part(session, wanted, phone_id=phone_id)
    note_seen(session, "conversation.viewed", listed["page"].rows, *ids)  # type: ignore[attr-defined]
    talk = queries.talk_with(session, standing, facts=facts(), now=now(), limit=_WHOLE if wanted.whole else _SHOWN)
    newest = queries.newest_staff_words(session, phone_id=phone_id, patient_ids=ids)
    return listed | {
        "standing": standing,
        "way_out": WAYS_OUT[standing.refusal] if standing.refusal else None,
        "kept": queries.conversation_of(session, phone_id),
        "talk": talk,
        "days": _days(talk, standing.zone),
        "names": {each.id: each.preferred_name or each.legal_first_name for each in standing.patients},
        "ours": newest.id if newest else "",
        "preview": draft(standing, typed),
        "saved": saved_of(standing),
        "coordinators": accounts.active_accounts_with_role(session, Role.COORDINATOR),
        "cards": [_card(session, each) for each in standing.patients],
        "outcomes": OUTCOMES,
        "languages": dict(LANGUAGES),
        "today": in_zone(now(), standing.zone).date(),
        "key": new_id(),
    }


def draft(standing: Standing, typed: str) -> Draft | None:
    """Return how typed words would arrive, or None while nothing is typed that could."""
    if not typed.strip():
        return None
    try:
        return draft_of(typed, language=standing.language, facts=facts(), names=standing.names)
    except DomainError:
        return None


def saved_of(standing: Standing) -> list[tuple[str, str, str]]:
    """Return key, title and words of each saved reply in the reader's language."""
    phone = dashed(runtime().clinic.phone)
    return [(one.key, one.title, one.words(standing.language, phone=phone)) for one in saved_replies()]


def _days(talk: Talk, zone: str) -> list[tuple[date, list[Said]]]:
    by_day = groupby(talk.entries, key=lambda one: in_zone(one.at, zone).date())
    return [(day, list(entries)) for day, entries in by_day]


@blueprint.app_template_filter("whole_name")
def whole_name(patient: Patient) -> str:
    """Return a patient's legal name as it is said: first name first."""
    return f"{patient.legal_first_name} {patient.legal_last_name}"


def _card(session: Session, patient: Patient) -> tuple[Patient, VisitRow | None, bool]:
    """Return a patient, the next visit, and whether a link to secure messages works."""
    coming = scheduling.upcoming_for_patient(session, patient_id=patient.id, now=now())
    has_link = queries.live_messages_link(session, patient_id=patient.id, now=now()) is not None
    return patient, coming[0] if coming else None, has_link
