"""The sign-off queue: what waits on one side, the open one with its data and the decision on the other."""

from typing import Annotated, ClassVar
from uuid import UUID

from flask import Flask, flash, render_template
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from pydantic import Field
from sqlalchemy.orm import Session

from clinic.dashboards.deciding import deciding_facts
from clinic.dashboards.menu_counts import waiting_for_signature
from clinic.dashboards.sign_off import Queue, QueueItem, sign_off_queue
from clinic.kernel import journal
from clinic.kernel.actor import Role
from clinic.kernel.errors import Conflict, Invalid
from clinic.treatment.actions import reviews
from clinic.treatment.queries import plan as plan_by_id
from clinic.treatment.rules.notes import Fact
from clinic.treatment.rules.reviews import REVIEW_DECISIONS, ReviewDecision
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, FormModel, FormState, Line, Note, read_form, read_query
from clinic.web.frame.navigation import count_with
from clinic.web.frame.requests import actor, now, runtime, see_other
from clinic.web.physician import blueprint
from clinic.web.physician.own import own_record
from clinic.web.physician.plans.reading import own_patient
from clinic.web.physician.signing.deciding import days, first_form, note_seen

_REVIEW_CHOICES = [(each.value, words) for each, words in REVIEW_DECISIONS.items()]


class QueueQuery(FormModel):
    """Which item is open; without one, the first."""

    item: Annotated[Line, Field(max_length=120)] | None = None


class ReviewForm(FormModel):
    """What was decided in a review, and why."""

    decision: ReviewDecision
    note: Note

    words: ClassVar[dict[str, str]] = {
        "decision": "Choose what you decided.",
        "note": "Say in a sentence what you saw.",
        "note.long": "Use at most 1,000 characters.",
    }


@blueprint.get("/sign-off")
@policy.staff(Role.PHYSICIAN, audit="sign_off.viewed")
def sign_off() -> ResponseReturnValue:
    """Show what waits for the physician's signature, the most urgent open."""
    return show_queue(read_query(QueueQuery).item, first_form())


@blueprint.post("/sign-off/reviews/<uuid:plan_id>/<about_key>")
@policy.staff(Role.PHYSICIAN, audit="sign_off.viewed")
def sign_review(plan_id: UUID, about_key: str) -> ResponseReturnValue:
    """Sign a review of a plan and open the next one."""
    form = read_form(ReviewForm)
    key = f"review-{plan_id}-{about_key}"
    if isinstance(form, FormErrors):
        return show_queue(key, form)
    try:
        with runtime().begin(by=actor()) as session:
            patient_id = plan_by_id(session, plan_id).patient_id
            own_patient(session, patient_id)
            following = _queue(session).after(key)
            wanted = {"decision": form.decision, "note": form.note}
            reviews.sign_review(session, plan_id=plan_id, about_key=about_key, **wanted, by=actor(), now=now())
    except (Invalid, Conflict) as refusal:
        return show_queue(key, form.refused(refusal))
    flash("Signed.")
    return see_other("physician.sign_off", **({"item": following} if following else {}))


def show_queue(key: str | None, form: FormState) -> ResponseReturnValue:
    """Show the queue with one item open, or with the first one where that does not wait any more."""
    with runtime().begin(by=actor()) as session:
        queue = _queue(session)
        item = queue.item(key)
        facts = _facts(session, item) if item and not item.note else []
        _note(session, queue, item)
        # What was typed belongs to the item it was typed for; where that is gone, what became of it is still said.
        is_about = item is not None and key in {None, item.key}
        for words in () if is_about else form.problems:
            flash(words, "error")
        page = render_template(
            "physician/sign_off/index.html",
            queue=queue,
            item=item,
            form=form if is_about else first_form(),
            facts=facts,
            zone=runtime().clinic.zone,
            review_decisions=_REVIEW_CHOICES,
            **days(),
        )
    return page, form.status


def _facts(session: Session, item: QueueItem) -> list[Fact]:
    """Return where the patient stands; the sentence of the open flag is on the page already."""
    known = deciding_facts(session, patient_id=item.patient_id, now=now())
    return [one for one in known if item.flag is None or one.value != item.flag.sentence]


def _queue(session: Session) -> Queue:
    me = own_record(session)
    return sign_off_queue(session, physician_id=me.id, zone=runtime().clinic.zone, now=now())


def _note(session: Session, queue: Queue, item: QueueItem | None) -> None:
    ids = tuple({each.patient_id for each in (*queue.items, *queue.watched)})
    journal.note(session, "sign_off.viewed", subject_kind="sign_off", subject_id=None, at=now(), patient_ids=ids)
    if item is not None and item.flag is not None:
        note_seen(session, item.flag)


@blueprint.record
def _count(state: BlueprintSetupState) -> None:
    assert isinstance(state.app, Flask)
    count_with(state.app, "physician.sign_off", waiting_for_signature)
