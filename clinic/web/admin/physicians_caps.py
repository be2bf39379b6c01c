"""The most visits that a physician takes in a day or a week, set by an administrator."""

from uuid import UUID

from flask import url_for
from flask.typing import ResponseReturnValue

from clinic.kernel.actor import Role
from clinic.web import caps
from clinic.web.admin import blueprint
from clinic.web.admin.physicians_hours import physician_of
from clinic.web.caps import CapPages
from clinic.web.frame import policy
from clinic.web.frame.requests import see_other


@blueprint.get("/physicians/<uuid:physician_id>/caps/new")
@policy.staff(Role.ADMIN)
def new_cap(physician_id: UUID) -> ResponseReturnValue:
    """Ask for a cap."""
    return caps.ask_new(_pages(physician_id))


@blueprint.post("/physicians/<uuid:physician_id>/caps/new")
@policy.staff(Role.ADMIN)
def add_cap(physician_id: UUID) -> ResponseReturnValue:
    """Set a cap, after showing the visits that are too many under it."""
    return caps.add(_pages(physician_id))


@blueprint.get("/physicians/<uuid:physician_id>/caps/<uuid:cap_id>")
@policy.staff(Role.ADMIN)
def cap(physician_id: UUID, cap_id: UUID) -> ResponseReturnValue:
    """Show a cap in boxes."""
    return caps.ask(_pages(physician_id, cap_id), cap_id)


@blueprint.post("/physicians/<uuid:physician_id>/caps/<uuid:cap_id>")
@policy.staff(Role.ADMIN)
def change_cap(physician_id: UUID, cap_id: UUID) -> ResponseReturnValue:
    """Change a cap, after showing the visits that are too many under it."""
    return caps.change(_pages(physician_id, cap_id), cap_id)


@blueprint.post("/physicians/<uuid:physician_id>/caps/<uuid:cap_id>/remove")
@policy.staff(Role.ADMIN)
def remove_cap(physician_id: UUID, cap_id: UUID) -> ResponseReturnValue:
    """Take a cap back; visits that were too many fit again."""
    return caps.remove(_pages(physician_id, cap_id), cap_id)


def _pages(physician_id: UUID, cap_id: UUID | None = None) -> CapPages:
    physician, endpoint = physician_of(physician_id), "admin.change_cap" if cap_id else "admin.add_cap"
    return CapPages(
        physician=physician,
        action=url_for(endpoint, physician_id=physician_id, cap_id=cap_id),
        removal=url_for("admin.remove_cap", physician_id=physician_id, cap_id=cap_id) if cap_id else "",
        back=(url_for("admin.physician", physician_id=physician_id), physician.full_name),
        section="physicians",
        own=False,
        leave=lambda: see_other("admin.physician", physician_id=physician_id),
    )
