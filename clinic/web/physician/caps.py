"""The most visits that the physician takes in a day or a week, set by himself or herself."""

from uuid import UUID

from flask import url_for
from flask.typing import ResponseReturnValue

from clinic.kernel.actor import Role
from clinic.web import caps
from clinic.web.caps import CapPages
from clinic.web.frame import policy
from clinic.web.frame.requests import see_other
from clinic.web.physician import blueprint
from clinic.web.physician.own import me


@blueprint.get("/my-time/caps/new")
@policy.staff(Role.PHYSICIAN)
def new_cap() -> ResponseReturnValue:
    """Ask for a cap."""
    return caps.ask_new(_pages())


@blueprint.post("/my-time/caps/new")
@policy.staff(Role.PHYSICIAN)
def add_cap() -> ResponseReturnValue:
    """Set an own cap, after showing the visits that are too many under it."""
    return caps.add(_pages())


@blueprint.get("/my-time/caps/<uuid:cap_id>")
@policy.staff(Role.PHYSICIAN)
def cap(cap_id: UUID) -> ResponseReturnValue:
    """Show an own cap in boxes."""
    return caps.ask(_pages(cap_id), cap_id)


@blueprint.post("/my-time/caps/<uuid:cap_id>")
@policy.staff(Role.PHYSICIAN)
def change_cap(cap_id: UUID) -> ResponseReturnValue:
    """Change an own cap, after showing the visits that are too many under it."""
    return caps.change(_pages(cap_id), cap_id)


@blueprint.post("/my-time/caps/<uuid:cap_id>/remove")
@policy.staff(Role.PHYSICIAN)
def remove_cap(cap_id: UUID) -> ResponseReturnValue:
    """Take an own cap back; visits that were too many fit again."""
    return caps.remove(_pages(cap_id), cap_id)


def _pages(cap_id: UUID | None = None) -> CapPages:
    return CapPages(
        physician=me(),
        action=url_for("physician.change_cap" if cap_id else "physician.add_cap", cap_id=cap_id),
        removal=url_for("physician.remove_cap", cap_id=cap_id) if cap_id else "",
        back=(url_for("physician.my_time"), "My time"),
        section="my-time",
        own=True,
        leave=lambda: see_other("physician.my_time"),
    )
