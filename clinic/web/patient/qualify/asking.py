"""The questions page by page and what the answers mean; answers live in the form alone."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

from flask import flash, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from clinic.intake.errors import StaleAnswers
from clinic.intake.queries.intakes import limits_now
from clinic.intake.rules.answers import Refused, checked_public
from clinic.intake.rules.eligibility import Outcome, Stage, Verdict, judge
from clinic.intake.rules.facts import numbers_of, together
from clinic.intake.rules.public import COUNTY, GULF, PAGES, YOU, page_after, page_before, questions_on
from clinic.intake.rules.questions import section
from clinic.people.errors import CountyOfAnotherState, UnknownCounty, ZoneAgainstCounty
from clinic.people.rules import STATES, counties, county
from clinic.people.rules.counties import require_state, require_zone
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, FormModel, FormState, Line, blank_form, read_form, read_query
from clinic.web.frame.language import language
from clinic.web.frame.requests import actor, now, runtime, see_other
from clinic.web.patient import blueprint
from clinic.web.patient.intake.address import ZONES
from clinic.web.patient.intake.boxes import asked, form_of, given_in, refused, shown
from clinic.web.patient.qualify.carrying import Carried, CarriedForm, opened, sealed

_PAGES = ", ".join(PAGES)
_OPEN = "anybody may see whether the clinic could help; nothing is kept"


class StartQuery(FormModel):
    """Nothing but the language, which the frame reads."""


class CountyForm(CarriedForm):
    """The county."""

    county_fips: Line

    words: ClassVar[Mapping[str, Any]] = {"county_fips": _l("Choose your county.")}


class GulfForm(CarriedForm):
    """The side of a divided county."""

    zone: Line

    words: ClassVar[Mapping[str, Any]] = {"zone": _l("Choose your time.")}


@blueprint.get("/qualify")
@policy.public(_OPEN)
def qualify() -> str:
    """Say what is asked and what becomes of it."""
    read_query(StartQuery)
    return render_template("patient/qualify/start.html")


@blueprint.get(f"/qualify/<any({_PAGES}, contact, times, send, back):page>")
@policy.public(_OPEN)
def qualify_again(page: str) -> ResponseReturnValue:  # noqa: ARG001 - whichever it was, its answers are gone
    """Begin again: an address alone knows no answers."""
    return see_other("patient.qualify")


@blueprint.post("/qualify/begin")
@policy.public(_OPEN)
def qualify_begin() -> ResponseReturnValue:
    """Show the first page."""
    read_form(CarriedForm)
    return question_page(YOU, Carried(begun_at=now()), None)


@blueprint.post(f"/qualify/<any({_PAGES}):page>")
@policy.public(_OPEN)
def qualify_page(page: str) -> ResponseReturnValue:
    """Take the answers of a page and show the next one, or what they all mean."""
    form = read_form(_model(page))
    try:
        carried = opened(
            str(form.values.get("carried", "")) if isinstance(form, FormErrors) else _text(form), now=now()
        )
    except StaleAnswers:
        return begin_again()
    if isinstance(form, FormErrors):
        return question_page(page, carried, form)
    try:
        carried = _taken(page, carried, form)
    except Refused as refusal:
        return question_page(page, carried, refused(form, refusal))
    except (UnknownCounty, CountyOfAnotherState, ZoneAgainstCounty) as refusal:
        word = _("Choose your time.") if refusal.field == "zone" else _("Choose your county.")
        again = form.refused(refusal)
        return question_page(
            page, carried, FormErrors(values=again.values, errors={refusal.field or "": word}, status=again.status)
        )
    following = page_after(page, carried.answers, carried.county_fips)
    return result_page(carried) if following is None else question_page(following, carried, None)


@blueprint.post(f"/qualify/back/<any({_PAGES}):page>")
@policy.public(_OPEN)
def qualify_back(page: str) -> ResponseReturnValue:
    """Show a page again with what was answered on it."""
    form = read_form(CarriedForm)
    if isinstance(form, FormErrors):
        return begin_again()
    try:
        return question_page(page, opened(form.carried, now=now()), None)
    except (StaleAnswers, ValueError):
        return begin_again()


def begin_again() -> ResponseReturnValue:
    """Lead to the first page and say why."""
    flash(_("These answers cannot be read any more. Please begin again. Nothing of them was kept."), "error")
    return see_other("patient.qualify")


def question_page(page: str, carried: Carried, form: FormState | None) -> ResponseReturnValue:
    """Return the page with its questions, filled with what was answered or typed."""
    questions = [each for _section, each in questions_on(page)]
    known = (
        shown(together(carried.answers))
        if questions
        else blank_form(county_fips=carried.county_fips, zone=carried.zone)
    )
    before = page_before(page, carried.answers, carried.county_fips)
    with runtime().begin(by=actor()) as session:
        limits = limits_now(session)
    body = render_template(
        "patient/qualify/page.html",
        page=page,
        number=PAGES.index(page) + 1 - (PAGES.index(page) > PAGES.index(GULF)),
        count=len(PAGES) - 1,
        title=_title(page),
        lead=section(page).lead[language()] if page not in {COUNTY, GULF, "home"} else "",
        asked=asked(questions, language=language(), limits=limits),
        form=form or known,
        carried=sealed(carried),
        before=before,
        counties=[(each.fips, each.name) for each in counties(carried.state)] if carried.state in STATES else [],
        zones=ZONES,
        danger=judged(carried, limits).danger,
    )
    return body, form.status if form else 200


def result_page(carried: Carried) -> ResponseReturnValue:
    """Say what the answers mean, every reason, and what could be changed."""
    with runtime().begin(by=actor()) as session:
        verdict = judged(carried, limits_now(session))
    return render_template(
        "patient/qualify/result.html",
        carried=sealed(carried),
        verdict=verdict,
        stops=verdict.of(Outcome.STOP),
        others=[*verdict.of(Outcome.REVIEW), *verdict.of(Outcome.OK)],
        may_join=may_join(verdict),
        page=page_before_result(carried),
        language=language(),
    )


def page_before_result(carried: Carried) -> str:
    """Return the last page that was asked."""
    return YOU if page_after(YOU, carried.answers, carried.county_fips) is None else PAGES[-1]


def judged(carried: Carried, limits: dict[str, int]) -> Verdict:
    """Return what the answers mean so far."""
    given = together(carried.answers)
    return judge(given, numbers_of(given, scores={}), limits, stage=Stage.PUBLIC)


def may_join(verdict: Verdict) -> bool:
    """Tell whether somebody can leave a name: nothing stands in the way that cannot be changed."""
    return all(each.row.is_fixable for each in verdict.of(Outcome.STOP))


def _model(page: str) -> type[FormModel]:
    if page == COUNTY:
        return CountyForm
    return GulfForm if page == GULF else form_of([each for _section, each in questions_on(page)], base=CarriedForm)


def _taken(page: str, carried: Carried, form: FormModel) -> Carried:
    """Return what is carried on with the answers of a page; raises Refused and what is wrong with a county."""
    if isinstance(form, CountyForm):
        found = county(form.county_fips)
        require_state(found, carried.state)
        return replace(carried, county_fips=found.fips, zone=None)
    if isinstance(form, GulfForm):
        return replace(carried, zone=require_zone(county(carried.county_fips or ""), form.zone))
    questions = questions_on(page)
    given = checked_public(
        [each for _section, each in questions], given_in(form, [each for _section, each in questions])
    )
    for key in dict(questions):
        mine = {each.key: given[each.key] for owner, each in questions if owner == key}
        carried = carried.with_answers(key, mine)
    return carried


def _title(page: str) -> str:
    if page == COUNTY:
        return _("Your county")
    if page == GULF:
        return _("Which time is it where you live?")
    return _("At home") if page == "home" else section(page).title[language()]


def _text(form: FormModel) -> str:
    return form.carried if isinstance(form, CarriedForm) else ""
