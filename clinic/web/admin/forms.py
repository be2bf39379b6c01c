"""Forms that patients sign: every version with who signed it, the draft in two languages, its preview, publishing."""

from datetime import date, datetime
from enum import StrEnum
from http import HTTPStatus
from typing import Annotated, ClassVar, NamedTuple
from uuid import UUID

from flask import flash, render_template
from flask.typing import ResponseReturnValue
from pydantic import StringConstraints

from clinic.consents.actions.documents import publish_version, save_draft
from clinic.consents.errors import StartRefused
from clinic.consents.queries.documents import (
    FormVersion,
    current_versions,
    draft_of,
    drafted,
    signed_counts,
    unknown_form,
    version,
    versions_of,
)
from clinic.consents.rules.kinds import LANGUAGES, ConsentKind, KindFacts, all_kinds
from clinic.consents.rules.words import LONGEST
from clinic.kernel.actor import Role
from clinic.kernel.errors import Conflict, Invalid
from clinic.kernel.localtime import first_instant_of, in_zone
from clinic.kernel.text import clean_note
from clinic.web.admin import blueprint
from clinic.web.frame import policy
from clinic.web.frame.forms import (
    FormErrors,
    FormModel,
    FormState,
    IsoDate,
    WholeNumber,
    blank_form,
    read_form,
    refusing,
)
from clinic.web.frame.requests import actor, now, runtime, see_other

LANGUAGE_NAMES = {"en": "English", "es": "Spanish"}
# Browsers count a line end as one character and send two.
Words = Annotated[str, StringConstraints(max_length=2 * LONGEST), refusing(clean_note)]


class Signers(StrEnum):
    """Who signs a new version."""

    EVERYBODY = "everybody"
    NEW = "new"


class DraftForm(FormModel):
    """The words of the next version; `edits` is that of the draft which was shown, 0 where there was none."""

    en: Words
    es: Words
    edits: WholeNumber

    words: ClassVar[dict[str, str]] = {
        "en": "Write the form in English.",
        "en.long": "This is too long for a form.",
        "es": "Write the form in Spanish.",
        "es.long": "This is too long for a form.",
    }


class PublishForm(FormModel):
    """Who signs it and from when on; `edits` is that of the draft which was looked at."""

    signers: Signers
    on: IsoDate
    edits: WholeNumber

    words: ClassVar[dict[str, str]] = {
        "signers": "Choose who has to sign this version.",
        "on": "Choose the day on which it takes effect.",
    }


class FormRow(NamedTuple):
    """A form in the list: its facts, the version in force, how many signed that one, and whether one is drafted."""

    facts: KindFacts
    current: FormVersion | None
    signed: int
    is_drafted: bool


@blueprint.get("/admin/forms")
@policy.staff(Role.ADMIN)
def forms() -> str:
    """List the forms with the version that is in force."""
    with runtime().begin(by=actor()) as session:
        current, counts, drafts = current_versions(session, now=now()), signed_counts(session), drafted(session)
    rows = [
        FormRow(facts, one := current.get(kind), counts.get(one.id, 0) if one else 0, kind in drafts)
        for kind, facts in all_kinds().items()
    ]
    return render_template("admin/forms/index.html", rows=rows, zone=runtime().clinic.zone)


@blueprint.get("/admin/forms/<kind>")
@policy.staff(Role.ADMIN)
def form(kind: str) -> str:
    """Show a form with all its versions."""
    facts = _facts(kind)
    with runtime().begin(by=actor()) as session:
        versions, counts = versions_of(session, facts.kind), signed_counts(session)
    in_force = next((each for each in versions if each.is_in_force(now())), None)
    return render_template(
        "admin/forms/form.html",
        facts=facts,
        versions=[(each, _state(each, in_force), counts.get(each.id, 0)) for each in versions],
        draft=next((each for each in versions if each.is_draft), None),
        is_shipped=in_force is not None and in_force.number == 1,
        zone=runtime().clinic.zone,
    )


@blueprint.get("/admin/forms/versions/<uuid:consent_version_id>")
@policy.staff(Role.ADMIN)
def form_version(consent_version_id: UUID) -> str:
    """Show the words of one version, as patients see them."""
    with runtime().begin(by=actor()) as session:
        found = version(session, consent_version_id)
        signed = signed_counts(session).get(found.id, 0)
    return render_template(
        "admin/forms/version.html",
        facts=all_kinds()[found.kind],
        version=found,
        signed=signed,
        languages=LANGUAGE_NAMES,
        zone=runtime().clinic.zone,
    )


@blueprint.get("/admin/forms/<kind>/draft")
@policy.staff(Role.ADMIN)
def edit_form(kind: str) -> ResponseReturnValue:
    """Show the draft in boxes; without one, the newest version to begin from."""
    facts = _facts(kind)
    with runtime().begin(by=actor()) as session:
        newest = next(iter(versions_of(session, facts.kind)), None)
    words = {language: newest.words[language].words if newest else "" for language in LANGUAGES}
    return _draft_page(facts, blank_form(**words), edits=newest.edits if newest and newest.is_draft else 0)


@blueprint.post("/admin/forms/<kind>/draft")
@policy.staff(Role.ADMIN)
def save_form(kind: str) -> ResponseReturnValue:
    """Save the draft and show how it would look."""
    facts = _facts(kind)
    form = read_form(DraftForm)
    if isinstance(form, FormErrors):
        return _draft_page(facts, form)
    try:
        with runtime().begin(by=actor()) as session:
            words = {"en": form.en, "es": form.es}
            save_draft(session, facts.kind, words=words, edits=form.edits, by=actor(), now=now())
    except (Invalid, Conflict) as refusal:
        return _draft_page(facts, form.refused(refusal))
    flash("Draft saved. Patients do not see it yet.")
    return see_other("admin.preview_form", kind=kind)


@blueprint.get("/admin/forms/<kind>/preview")
@policy.staff(Role.ADMIN)
def preview_form(kind: str) -> ResponseReturnValue:
    """Show the draft as patients would see it, and ask who signs it from when on."""
    today = in_zone(now(), runtime().clinic.zone).date()
    return _preview(_facts(kind), blank_form(on=today))


@blueprint.post("/admin/forms/<kind>/preview")
@policy.staff(Role.ADMIN, fresh_mfa=True)
def publish_form(kind: str) -> ResponseReturnValue:
    """Publish the draft for good."""
    facts = _facts(kind)
    form = read_form(PublishForm)
    if isinstance(form, FormErrors):
        return _preview(facts, form)
    try:
        with runtime().begin(by=actor()) as session:
            draft = draft_of(session, facts.kind)
            if draft is None:
                raise unknown_form()
            publish_version(
                session,
                draft.id,
                signs_again=form.signers is Signers.EVERYBODY,
                effective_at=_start(form.on),
                edits=form.edits,
                by=actor(),
                now=now(),
            )
    except (Invalid, Conflict) as refusal:
        # A word that cannot be published is no box of this page.
        refusal.field = refusal.field if refusal.field == "on" else None
        return _preview(facts, form.refused(refusal))
    flash("Published. It never changes any more.")
    return see_other("admin.form", kind=kind)


def _facts(kind: str) -> KindFacts:
    if kind not in set(ConsentKind):
        raise unknown_form()
    return all_kinds()[ConsentKind(kind)]


def _start(on: date) -> datetime:
    """Return the first instant of a day at the clinic, now where that is today; raises StartRefused."""
    zone = runtime().clinic.zone
    if on < in_zone(now(), zone).date():
        raise StartRefused("This day is over. Choose today or a later day.", field="on")
    return max(now(), first_instant_of(on, zone))


def _state(each: FormVersion, in_force: FormVersion | None) -> tuple[str, str, str]:
    """Return words, tone and glyph of where a version stands."""
    if each.is_draft:
        return "Draft", "info", "\u270e"
    if in_force is None or each.number > in_force.number:
        return "Takes effect later", "info", "\u25cb"
    return ("In force", "good", "\u2713") if each.id == in_force.id else ("Replaced", "neutral", "\u25cf")


def _draft_page(facts: KindFacts, form: FormState, *, edits: int | None = None) -> ResponseReturnValue:
    """Show the boxes; after a colleague's change with what is saved now, so that saving again is a decision."""
    with runtime().begin(by=actor()) as session:
        draft = draft_of(session, facts.kind)
    is_changed = form.status == HTTPStatus.CONFLICT
    page = render_template(
        "admin/forms/draft.html",
        facts=facts,
        form=form,
        longest=LONGEST,
        edits=(draft.edits if draft else 0) if edits is None else edits,
        saved=draft if is_changed else None,
        languages=LANGUAGE_NAMES,
    )
    return page, form.status


def _preview(facts: KindFacts, form: FormState) -> ResponseReturnValue:
    with runtime().begin(by=actor()) as session:
        versions = versions_of(session, facts.kind)
        counts = signed_counts(session)
    draft = next((each for each in versions if each.is_draft), None)
    if draft is None:
        return see_other("admin.form", kind=facts.kind.value)
    page = render_template(
        "admin/forms/preview.html",
        facts=facts,
        form=form,
        draft=draft,
        is_first=draft.number == 1,
        signed=sum(counts.get(each.id, 0) for each in versions),
        languages=LANGUAGE_NAMES,
        today=in_zone(now(), runtime().clinic.zone).date(),
    )
    return page, form.status
