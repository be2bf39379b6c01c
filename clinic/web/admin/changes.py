"""Who changed what of a physician, a kind of visit, an account or the closures, with each field before and after."""

from collections.abc import Sequence
from uuid import UUID

from flask import render_template, url_for

from clinic.access import queries as access
from clinic.audit import queries as audit
from clinic.audit.models import AuditEvent
from clinic.audit.rules import SetupKind
from clinic.kernel.actor import Role
from clinic.people import queries as people
from clinic.scheduling import queries as scheduling
from clinic.web.admin import blueprint
from clinic.web.admin.changes_words import ACTIONS, change_row
from clinic.web.frame import policy
from clinic.web.frame.requests import actor, runtime

_OF_HOURS = (SetupKind.HOURS, SetupKind.EXCEPTION, SetupKind.CAP)
_SHOWN = 100


@blueprint.get("/physicians/<uuid:physician_id>/changes")
@policy.staff(Role.ADMIN)
def physician_changes(physician_id: UUID) -> str:
    """Show what was changed of a physician's details, licenses, hours, exceptions and caps."""
    with runtime().begin(by=actor()) as session:
        physician = people.physician(session, physician_id)
        own = audit.events_of_setup(session, kinds=[SetupKind.PHYSICIAN], about=physician_id)
        hours = audit.events_of_setup(session, kinds=_OF_HOURS, about={"physician_id": str(physician_id)})
    events = sorted([*own, *hours], key=lambda event: -event.seq)[:_SHOWN]
    back = url_for("admin.physician", physician_id=physician_id), physician.full_name
    return _show(events, of=physician.full_name, back=back, zone=physician.zone)


@blueprint.get("/admin/visit-types/<code>/changes")
@policy.staff(Role.ADMIN)
def visit_type_changes(code: str) -> str:
    """Show what was changed of a kind of visit."""
    with runtime().begin(by=actor()) as session:
        kind = scheduling.visit_type(session, code)
        events = audit.events_of_setup(session, kinds=[SetupKind.VISIT_TYPE], about={"code": code})
    return _show(events, of=kind.name, back=(url_for("admin.visit_type", code=code), kind.name))


@blueprint.get("/admin/closures/changes")
@policy.staff(Role.ADMIN)
def closure_changes() -> str:
    """Show which closures were added, changed and taken back."""
    with runtime().begin(by=actor()) as session:
        events = audit.events_of_setup(session, kinds=[SetupKind.CLOSURE])
    return _show(events, of="Closures", back=(url_for("admin.closures"), "Closures"))


@blueprint.get("/admin/staff/<uuid:account_id>/changes")
@policy.staff(Role.ADMIN)
def account_changes(account_id: UUID) -> str:
    """Show what was changed of an account; signing in and out is not among it."""
    with runtime().begin(by=actor()) as session:
        account = access.account(session, account_id)
        events = audit.events_of_setup(session, kinds=[SetupKind.ACCOUNT], about=account_id, actions=sorted(ACTIONS))
    back = url_for("admin.member", account_id=account_id), account.full_name
    return _show(events, of=account.full_name, back=back)


def _show(events: Sequence[AuditEvent], *, of: str, back: tuple[str, str], zone: str | None = None) -> str:
    clock = zone or runtime().clinic.zone
    rows = [change_row(event, zone=clock) for event in events]
    return render_template(
        "admin/changes.html", rows=rows, of=of, back=back, is_cut=len(events) >= _SHOWN, shown=_SHOWN
    )
