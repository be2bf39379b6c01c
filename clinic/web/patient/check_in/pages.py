"""What a patient sees of a check-in: its beginning, one question or all, what was answered, help, the end."""

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from clinic.monitoring.rules.asking import Question, safety_parts
from clinic.monitoring.rules.calendar import Part as CheckInPart
from clinic.people import queries as people
from clinic.scheduling import queries as scheduling
from clinic.web.frame import policy
from clinic.web.frame.forms import FormState, filled
from clinic.web.frame.language import prefer
from clinic.web.frame.requests import actor, now, runtime, see_other, visitor
from clinic.web.patient import blueprint
from clinic.web.patient.check_in.finding import PURPOSES, SEEN, Opened, own_check_in, shown
from clinic.web.patient.check_in.forms import ANSWER, DAY, Layout, box_name, held, held_by
from clinic.web.patient.check_in.showing import Asked, Section


@blueprint.get("/check-in")
@policy.patient_link(*PURPOSES, audit=SEEN)
def check_in() -> ResponseReturnValue:
    """Say what is asked and about how long it takes, or where to go on."""
    return shown(lambda found: render_template("patient/check_in/start.html", **about(found)))


@blueprint.get("/check-in/<int(max=999):number>")
@policy.patient_link(*PURPOSES, audit=SEEN)
def check_in_question(number: int) -> ResponseReturnValue:
    """Ask one question; a number that no question has any more leads to the next one that is open."""
    return shown(lambda found: _ask(found, number))


@blueprint.get("/check-in/all")
@policy.patient_link(*PURPOSES, audit=SEEN)
def check_in_page() -> ResponseReturnValue:
    """Ask everything on one page."""
    return shown(lambda found: all_page(found, filled(_held(found))))


@blueprint.get("/check-in/review")
@policy.patient_link(*PURPOSES, audit=SEEN)
def review_check_in() -> ResponseReturnValue:
    """Show the answers once more before they are sent (WCAG 2.2, 3.3.4)."""
    return shown(lambda found: render_template("patient/check_in/review.html", **about(found)))


@blueprint.get("/check-in/help")
@policy.patient_link(*PURPOSES, audit=SEEN)
def check_in_help() -> ResponseReturnValue:
    """Show who helps at once, and where to go on afterwards."""
    return shown(lambda found: render_template("patient/check_in/help.html", **about(found)), is_help=True)


@blueprint.get("/check-in/done")
@policy.patient_link(*PURPOSES)
def check_in_done() -> ResponseReturnValue:
    """Say thank you and what happens next; answers that were sent are not shown here any more."""
    with runtime().begin(by=actor()) as session:
        link = visitor().link
        assert link is not None
        patient = people.patient(session, link.patient_id)
        prefer(patient.language)
        found = own_check_in(session, link)
        if found is not None and found.state == "open":
            return see_other("patient.check_in")
        if found is None or found.state != "done":
            return render_template("patient/check_in/closed.html", check_in=found)
        visits = scheduling.upcoming_for_patient(session, patient_id=patient.id, now=now())
        return render_template("patient/check_in/done.html", visit=next(iter(visits), None), link=link)


def question_page(found: Opened, question: Question, form: FormState) -> str:
    """Return the page of one question."""
    asked = Asked(question.part, question.item)
    return render_template(
        "patient/check_in/question.html",
        question=question,
        asked=asked,
        section=Section(question.part),
        box=DAY if asked.look == "day" else ANSWER,
        form=form,
        back=_address(found, question.number - 1) if question.number > 1 else url_for("patient.check_in"),
        onward=_address(found, question.number + 1),
        **about(found),
    )


def all_page(found: Opened, form: FormState) -> str:
    """Return the page with every question."""
    held_names = held_by(found.sections)
    return render_template("patient/check_in/all.html", form=form, box_name=box_name, held=held_names, **about(found))


def go_on(found: Opened) -> str:
    """Return where to go on, in the layout that the patient likes: what an alarm asks first, at the end the review."""
    waiting = found.open_questions
    if not waiting and found.check_in.part == CheckInPart.BEFORE:
        return url_for("patient.checklist")
    if not waiting:
        return url_for("patient.review_check_in")
    safety = safety_parts(found.sheet.parts)
    first = next((one for one in waiting if one.part in safety), waiting[0])
    if found.check_in.layout == Layout.ALL:
        is_first = first.part == found.sections[0]
        return url_for("patient.check_in_page", _anchor=None if is_first else Section(first.part).name)
    return url_for("patient.check_in_question", number=first.number)


def about(found: Opened, *, problem: str | None = None) -> dict[str, object]:
    """Return what every page of a check-in knows."""
    return {
        "problem": problem,
        "check_in": found.check_in,
        "patient": found.patient,
        "count": found.count,
        "answered": found.count - len(found.open_questions),
        "minutes": found.minutes,
        "sections": [Section(part) for part in found.sections],
        "numbers": {(one.part.assessment_id, one.item.key): one.number for one in found.questions},
        "shows": found.shows,
        "stops_session": found.stops_session,
        "go_on": go_on(found),
    }


def _ask(found: Opened, number: int) -> ResponseReturnValue:
    question = next((one for one in found.questions if one.number == number), None)
    if question is None:
        return redirect(go_on(found), 303)
    asked = Asked(question.part, question.item)
    kept: dict[str, object] = {DAY if asked.look == "day" else ANSWER: held(question.given)}
    return question_page(found, question, filled(kept))


def _held(found: Opened) -> dict[str, object]:
    return {box_name(part, item): held(part.given.get(item.key)) for part in found.sections for item in part.asked}


def _address(found: Opened, number: int) -> str:
    if number > found.count:
        return url_for("patient.review_check_in")
    return url_for("patient.check_in_question", number=number)
