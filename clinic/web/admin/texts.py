"""The clinic's texts: what each says now, giving it other words with a reason, and what it said before."""

from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Annotated, ClassVar

from flask import flash, render_template
from flask.typing import ResponseReturnValue
from pydantic import StringConstraints

from clinic.kernel.actor import Role
from clinic.kernel.errors import Conflict, Invalid
from clinic.kernel.text import clean_line
from clinic.messaging import actions, queries
from clinic.messaging.errors import WordsRefused
from clinic.messaging.queries import WordedText
from clinic.messaging.rules.editing import LONGEST_WORDS, complaints, spots
from clinic.messaging.rules.plan_data import all_plans
from clinic.messaging.rules.templates import Template, stand_ins
from clinic.messaging.rules.wording import name_of
from clinic.web.admin import blueprint
from clinic.web.admin.texts_preview import braces_of, previews, sample_of
from clinic.web.admin.texts_words import (
    history,
    in_groups,
    purpose_of,
    rules_in_words,
    spot_labels,
    waits_for,
)
from clinic.web.frame import policy
from clinic.web.frame.forms import (
    FormErrors,
    FormModel,
    FormState,
    Line,
    WholeNumber,
    blank_form,
    filled,
    read_form,
    refusing,
    with_prefix,
)
from clinic.web.frame.requests import actor, now, runtime, see_other

_TOO_LONG = f"This is too long. Use at most {LONGEST_WORDS} characters."
_WHY = "Say in a few words why it changes."


def _one_line(typed: str) -> str:
    """Let a line break in the box be a space, since a text has one line."""
    return clean_line(" ".join(typed.split()))


Words = Annotated[str, StringConstraints(max_length=LONGEST_WORDS), refusing(_one_line)]


class Draft(FormModel):
    """Words as they stand in the editor; `revision` is the number of the wording which was shown."""

    en: Words | None = None
    es: Words | None = None
    en_without_link: Words | None = None
    es_without_link: Words | None = None
    reason: Line | None = None
    revision: WholeNumber

    words: ClassVar[dict[str, str]] = {
        "en.long": _TOO_LONG,
        "es.long": _TOO_LONG,
        "en_without_link.long": _TOO_LONG,
        "es_without_link.long": _TOO_LONG,
        "reason": _WHY,
        "reason.long": "This is too long. Use at most 200 characters.",
    }

    def typed(self, shipped: Template) -> dict[str, str]:
        """Return the words by the name of their spot, empty where nothing was typed."""
        return {spot.name: getattr(self, spot.name) or "" for spot in spots(shipped)}


class Change(Draft):
    """Other words with their reason."""

    reason: Line


class TakeBack(FormModel):
    """The reason for going back to the shipped words."""

    reason: Line
    revision: WholeNumber

    words: ClassVar[dict[str, str]] = {
        "reason": _WHY,
        "reason.long": "This is too long. Use at most 200 characters.",
    }


@blueprint.get("/admin/texts")
@policy.staff(Role.ADMIN)
def texts() -> str:
    """List every text with what it is for, what it says now, and whether that was changed."""
    with runtime().begin(by=actor()) as session:
        found = queries.all_texts(session)
    return render_template(
        "admin/texts/index.html",
        groups=in_groups(found),
        samples={row.shipped.key: sample_of(row, clinic=runtime().clinic, now=now()) for row in found},
        name_of=name_of,
        purpose_of=purpose_of,
        stand_ins=stand_ins(),
        waits_for={row.shipped.key: waits_for(row.shipped.key, all_plans()) for row in found},
    )


@blueprint.get("/admin/texts/<template_key>")
@policy.staff(Role.ADMIN)
def text(template_key: str) -> ResponseReturnValue:
    """Show one text in its editor, and every wording that it had."""
    row = _row(template_key)
    return _show(row, blank_form(**row.words))


@blueprint.post("/admin/texts/<template_key>")
@policy.staff(Role.ADMIN)
def change_text(template_key: str) -> ResponseReturnValue:
    """Give a text other words from now on."""
    before = _row(template_key)
    form = read_form(Change)
    if isinstance(form, FormErrors):
        return _show(before, form)
    words = form.typed(before.shipped)
    if found := complaints(before.shipped, words):
        return _show(before, _all_refused(form, found))
    try:
        with runtime().begin(by=actor()) as session:
            is_new = actions.reword(
                session,
                key=template_key,
                words=words,
                reason=form.reason,
                number=form.revision,
                by=actor(),
                now=now(),
            )
    except Invalid as refusal:
        return _show(before, form.refused(refusal))
    except Conflict as refusal:
        return _show(_row(template_key), form.refused(refusal))
    flash(f"{name_of(template_key)}: {'The new words hold from now on.' if is_new else 'Nothing changed.'}")
    return see_other("admin.text", template_key=template_key)


@blueprint.post("/admin/texts/<template_key>/preview")
@policy.staff(Role.ADMIN)
def preview_text(template_key: str) -> ResponseReturnValue:
    """Show how the words in the editor would arrive, and what is wrong with them; nothing is saved."""
    row = _row(template_key)
    form = read_form(Draft)
    return _show(row, form if isinstance(form, FormErrors) else filled(form))


@blueprint.post("/admin/texts/<template_key>/shipped")
@policy.staff(Role.ADMIN)
def take_back_text(template_key: str) -> ResponseReturnValue:
    """Let a text go out in its shipped words again."""
    row = _row(template_key)
    form = read_form(TakeBack)
    if isinstance(form, FormErrors):
        return _show(row, blank_form(**row.words), back_form=form)
    try:
        with runtime().begin(by=actor()) as session:
            is_new = actions.take_back_shipped(
                session, key=template_key, reason=form.reason, number=form.revision, by=actor(), now=now()
            )
    except (Conflict, Invalid) as refusal:
        row = _row(template_key)
        return _show(row, blank_form(**row.words), back_form=form.refused(refusal))
    flash(f"{name_of(template_key)}: {'The shipped words hold again.' if is_new else 'Nothing changed.'}")
    return see_other("admin.text", template_key=template_key)


def _row(key: str) -> WordedText:
    with runtime().begin(by=actor()) as session:
        return queries.worded_text(session, key)


def _all_refused(form: Change, found: Mapping[str, list[str]]) -> FormErrors:
    """Return the form with the first complaint at every box; the preview names the others."""
    first = {name: sentences[0] for name, sentences in found.items()}
    name = next(iter(first))
    return replace(form.refused(WordsRefused(first[name], field=name)), errors=first)


def _show(row: WordedText, form: FormState, *, back_form: FormState | None = None) -> ResponseReturnValue:
    """Show the editor; after a colleague's change with what is saved now, so that saving again is a decision."""
    clinic, shipped = runtime().clinic, row.shipped
    with runtime().begin(by=actor()) as session:
        wordings = queries.wordings_of_text(session, shipped.key)
    labels = spot_labels(shipped)
    status = form.status if back_form is None else back_form.status
    page = render_template(
        "admin/texts/text.html",
        row=row,
        form=form,
        back_form=with_prefix(back_form or blank_form(), "shipped"),
        is_changed=HTTPStatus.CONFLICT in {form.status, status},
        name=name_of(shipped.key),
        purpose=purpose_of(shipped.key),
        waits_for=waits_for(shipped.key, all_plans()),
        rules=rules_in_words(shipped),
        braces=braces_of(shipped),
        labels=labels,
        previews=previews(shipped, {name: form.value(name) for name in labels}, clinic=clinic, now=now()),
        saved=[(labels[name], words) for name, words in row.words.items()],
        versions=history(wordings, labels=labels, zone=clinic.zone),
    )
    return page, status
