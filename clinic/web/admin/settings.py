"""The clinic's own thresholds: what each is now, changing one with a reason, and what it was before."""

from typing import Annotated, ClassVar

from flask import flash, render_template
from flask.typing import ResponseReturnValue
from pydantic import Field

from clinic.kernel.actor import Role
from clinic.kernel.errors import Conflict, Invalid
from clinic.policies import actions, queries
from clinic.policies.queries import PolicyRow
from clinic.policies.rules import AddressPolicy, PolicyKey, policy_named
from clinic.web.admin import blueprint
from clinic.web.admin.settings_words import changes_in_words, in_groups, in_words
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, FormModel, FormState, Line, WholeNumber, blank_form, read_form
from clinic.web.frame.requests import actor, now, runtime, see_other


class Change(FormModel):
    """Another value with its reason, and how often the setting had been changed when it was shown."""

    value: Annotated[str, Field(max_length=500)] | None = None
    reason: Annotated[Line, Field(max_length=300)]
    revision: WholeNumber

    words: ClassVar[dict[str, str]] = {
        "value.long": "This is too long. Use at most 300 characters.",
        "reason": "Say in a few words why it changes.",
        "reason.long": "This is too long. Use at most 300 characters.",
    }

    def typed(self, row: PolicyRow) -> object:
        """Return the value as the setting's kind takes it; text that is no number stays text and is refused there."""
        text = (self.value or "").strip()
        is_number = text.isascii() and text.isdigit() and not isinstance(row.about, AddressPolicy)
        return int(text) if is_number else text


@blueprint.get("/admin/settings")
@policy.staff(Role.ADMIN, Role.PHYSICIAN)
def settings() -> str:
    """List every setting with its meaning, its value, and who changed it last."""
    with runtime().begin(by=actor()) as session:
        groups = in_groups(queries.all_policies(session))
    return render_template(
        "admin/settings/index.html",
        groups=groups,
        in_words=in_words,
        is_physician=actor().has(Role.PHYSICIAN),
        is_admin=actor().has(Role.ADMIN),
    )


@blueprint.get("/admin/settings/<key>")
@policy.staff(Role.ADMIN, Role.PHYSICIAN)
def setting(key: str) -> ResponseReturnValue:
    """Show one setting and what it was before, with the form for whoever may change it."""
    known, _ = policy_named(key)
    row = _row(known)
    return _show(row, blank_form(value=row.value))


@blueprint.post("/admin/settings/<key>")
@policy.staff(Role.ADMIN, Role.PHYSICIAN)
def change_setting(key: str) -> ResponseReturnValue:
    """Give a setting another value from now on; clinical ones are the physicians'."""
    known, about = policy_named(key)
    actions.require_may_set(known, by=actor())
    form = read_form(Change)
    before = _row(known)
    if isinstance(form, FormErrors):
        return _show(before, form)
    try:
        with runtime().begin(by=actor()) as session:
            value = actions.set_policy(
                session,
                key=known,
                value=form.typed(before),
                reason=form.reason,
                revision=form.revision,
                by=actor(),
                now=now(),
            )
    except Invalid as refusal:
        return _show(before, form.refused(refusal))
    except Conflict as refusal:
        return _show(_row(known), form.refused(refusal), is_changed=True)
    said = "It was that already. Nothing changed." if value == before.value else f"Now {in_words(about, value)}."
    flash(f"{about.title}: {said}")
    return see_other("admin.settings")


def _row(key: PolicyKey) -> PolicyRow:
    with runtime().begin(by=actor()) as session:
        return next(row for row in queries.all_policies(session) if row.key == key)


def _show(row: PolicyRow, form: FormState, *, is_changed: bool = False) -> ResponseReturnValue:
    """Show the form; after a colleague's change with what is saved now, so that saving again is a decision."""
    with runtime().begin(by=actor()) as session:
        changes = changes_in_words(row.about, queries.history(session, row.key), zone=runtime().clinic.zone)
    page = render_template(
        "admin/settings/setting.html",
        row=row,
        form=form,
        changes=changes,
        now_words=in_words(row.about, row.value),
        default_words=in_words(row.about, row.about.default),
        is_address=isinstance(row.about, AddressPolicy),
        is_changed=is_changed,
        may_edit=actions.may_set(row.key, by=actor()),
    )
    return page, form.status
