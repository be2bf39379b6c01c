"""What a support person presses: yes, no, here I am, the checks, the readings, help, and the end."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, ClassVar, TypeVar

from flask import flash
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from pydantic import Field
from sqlalchemy.orm import Session

from clinic.kernel.errors import DomainError, Invalid
from clinic.session_day.actions import supporting, watching
from clinic.session_day.errors import NoSupportPerson, NotASession, ReadingRefused, WatchNotOpen
from clinic.session_day.rules.pressure import Reading
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, FormModel, NoFields, Tick, WholeNumber, read_form, with_prefix
from clinic.web.frame.requests import actor, now, runtime, see_other, visitor
from clinic.web.patient import blueprint
from clinic.web.patient.checklist.wording import reading_refused
from clinic.web.patient.support.finding import PURPOSE, Supporting
from clinic.web.patient.support.finding import supporting as read_part
from clinic.web.patient.support.pages import shown

_WHOLE = _l("Enter a whole number in digits, as the cuff shows it.")
_TICK = _l("Tick this if it is so. If it is not, please call us.")

Form = TypeVar("Form", bound=FormModel)


class AnswerForm(FormModel):
    """Whether somebody can be there."""

    comes: Annotated[str, Field(pattern="^(yes|no)$")]


class HereForm(FormModel):
    """What a support person says on the day; each has to be ticked."""

    is_adult: Tick
    is_sober: Tick
    stays: Tick
    knows_numbers: Tick

    def unticked(self) -> list[str]:
        """Return what was not ticked."""
        given = {"is_adult": self.is_adult, "is_sober": self.is_sober}
        given |= {"stays": self.stays, "knows_numbers": self.knows_numbers}
        return [name for name, is_ticked in given.items() if not is_ticked]


class CheckForm(FormModel):
    """How the patient is."""

    how: Annotated[str, Field(pattern="^(well|vomited|unwell)$")]


class PressureForm(FormModel):
    """What the cuff shows."""

    systolic: Annotated[WholeNumber, Field(ge=0, le=999)]
    diastolic: Annotated[WholeNumber, Field(ge=0, le=999)]
    pulse: Annotated[WholeNumber, Field(ge=0, le=999)]

    words: ClassVar[Mapping[str, Any]] = {"systolic": _WHOLE, "diastolic": _WHOLE, "pulse": _WHOLE}


class SteadyForm(FormModel):
    """What holds before the watch ends."""

    is_awake: Tick
    walks_steadily: Tick
    is_nausea_gone: Tick


@blueprint.post("/support/answer")
@policy.patient_link(PURPOSE)
def answer_support() -> ResponseReturnValue:
    """Keep a yes or a no."""

    def act(session: Session, found: Supporting, form: AnswerForm) -> str:
        if form.comes == "yes":
            supporting.confirm_support(session, person_id=found.person_id, by=actor(), now=now())
            return _("Thank you. You are noted as the support person.")
        supporting.decline_support(session, person_id=found.person_id, by=actor(), now=now())
        return _("Thank you for telling us. We call the person who named you.")

    return _taken(AnswerForm, act)


@blueprint.post("/support/here")
@policy.patient_link(PURPOSE)
def attest_support() -> ResponseReturnValue:
    """Keep that the person is there, adult, sober, stays, and knows whom to call."""

    def act(session: Session, found: Supporting, _form: HereForm) -> str:
        supporting.attest(session, person_id=found.person_id, by=actor(), now=now())
        return _("Thank you. Keep this page open, or open the link again when it begins.")

    with runtime().begin(by=actor()) as session:
        _speak(session)
    form = read_form(HereForm)
    if isinstance(form, FormErrors):
        return shown(attest=with_prefix(form, "here"))
    unticked = form.unticked()
    if unticked:
        errors = {name: str(_TICK) for name in unticked}
        wrong = form.refused(Invalid(str(_TICK), field=unticked[0]))
        return shown(attest=FormErrors(values=wrong.values, errors=errors, prefix="here", status=wrong.status))
    return _acted(act, form)


@blueprint.post("/support/check")
@policy.patient_link(PURPOSE)
def check_support() -> ResponseReturnValue:
    """Keep how the patient is now."""

    def act(session: Session, found: Supporting, form: CheckForm) -> str:
        watching.note_check(
            session,
            person_id=found.person_id,
            is_well=form.how != "unwell",
            has_vomited=form.how == "vomited",
            by=actor(),
            now=now(),
        )
        return _calling() if form.how == "unwell" else _("Noted. Thank you.")

    return _taken(CheckForm, act)


@blueprint.post("/support/pressure")
@policy.patient_link(PURPOSE)
def measure_support() -> ResponseReturnValue:
    """Keep a reading; one that cannot be is asked again."""

    def act(session: Session, found: Supporting, form: PressureForm) -> str:
        reading = Reading(systolic=form.systolic, diastolic=form.diastolic, pulse=form.pulse)
        watching.note_pressure(session, person_id=found.person_id, reading=reading, by=actor(), now=now())
        return _("Noted. Thank you.")

    with runtime().begin(by=actor()) as session:
        _speak(session)
    form = read_form(PressureForm)
    if isinstance(form, FormErrors):
        return shown(pressure=with_prefix(form, "bp"))
    try:
        return _acted(act, form)
    except ReadingRefused as refusal:
        return shown(pressure=with_prefix(form.refused(reading_refused(refusal)), "bp"))


@blueprint.post("/support/steady")
@policy.patient_link(PURPOSE)
def end_support() -> ResponseReturnValue:
    """Keep what holds of what ends the watch."""

    def act(session: Session, found: Supporting, form: SteadyForm) -> str:
        steady = watching.Steady(
            is_awake=form.is_awake, walks_steadily=form.walks_steadily, is_nausea_gone=form.is_nausea_gone
        )
        after = watching.note_steady(session, person_id=found.person_id, steady=steady, by=actor(), now=now())
        return _("Thank you. You may stop watching.") if after.may_end else _("Noted. Please stay a little longer.")

    return _taken(SteadyForm, act)


@blueprint.post("/support/emergency")
@policy.patient_link(PURPOSE)
def ask_for_help() -> ResponseReturnValue:
    """Call everybody at the clinic at once; 911 is a telephone call that only the person can make."""
    read_form(NoFields)
    link = visitor().link
    assert link is not None
    try:
        with runtime().begin(by=actor()) as session:
            _speak(session)
            watching.press_emergency(session, person_id=link.resource_id, by=actor(), now=now())
    except NoSupportPerson:
        return shown()
    flash(_calling(), "error")
    return see_other("patient.support_page")


def _calling() -> str:
    return _("Call 911 now. We have called our team, and somebody calls you.")


def _speak(session: Session) -> None:
    try:
        read_part(session)
    except NoSupportPerson:
        return


def _taken(model: type[Form], act: Callable[[Session, Supporting, Form], str]) -> ResponseReturnValue:
    form = read_form(model)
    if isinstance(form, FormErrors):
        with runtime().begin(by=actor()) as session:
            _speak(session)
        flash(_("That button was out of date. Look again and press it once more."), "error")
        return see_other("patient.support_page")
    return _acted(act, form)


def _acted(act: Callable[[Session, Supporting, Form], str], form: Form) -> ResponseReturnValue:
    """Do what was pressed and say so; what is not open any more is told on the page as it stands."""
    try:
        with runtime().begin(by=actor()) as session:
            said = act(session, read_part(session), form)
    except (WatchNotOpen, NotASession, NoSupportPerson) as refusal:
        flash(_not_open(refusal), "error")
        return see_other("patient.support_page")
    flash(said)
    return see_other("patient.support_page")


def _not_open(refusal: DomainError) -> str:
    del refusal
    return _("That is not open now. This is how it stands.")
