"""Who looks after a physician's patients while he or she is away, named by an administrator."""

from uuid import UUID

from flask import url_for
from flask.typing import ResponseReturnValue

from clinic.kernel.actor import Role
from clinic.web import covers
from clinic.web.admin import blueprint
from clinic.web.admin.physicians_hours import physician_of
from clinic.web.covers import CoverPages
from clinic.web.frame import policy
from clinic.web.frame.requests import see_other


@blueprint.get("/physicians/<uuid:physician_id>/covers/new")
@policy.staff(Role.ADMIN)
def new_cover(physician_id: UUID) -> ResponseReturnValue:
    """Ask who covers, and when."""
    return covers.ask_new(_pages(physician_id, "admin.add_cover"))


@blueprint.post("/physicians/<uuid:physician_id>/covers/new")
@policy.staff(Role.ADMIN)
def add_cover(physician_id: UUID) -> ResponseReturnValue:
    """Let a colleague see the physician's patients on these days."""
    return covers.add(_pages(physician_id, "admin.add_cover"))


@blueprint.get("/physicians/<uuid:physician_id>/covers/<uuid:cover_id>")
@policy.staff(Role.ADMIN)
def cover(physician_id: UUID, cover_id: UUID) -> ResponseReturnValue:
    """Ask whether a cover is taken back."""
    return covers.ask_removal(_pages(physician_id, "admin.remove_cover", cover_id=cover_id), cover_id)


@blueprint.post("/physicians/<uuid:physician_id>/covers/<uuid:cover_id>")
@policy.staff(Role.ADMIN)
def remove_cover(physician_id: UUID, cover_id: UUID) -> ResponseReturnValue:
    """Take a cover back at once."""
    return covers.remove(_pages(physician_id, "admin.remove_cover", cover_id=cover_id), cover_id)


def _pages(physician_id: UUID, endpoint: str, cover_id: UUID | None = None) -> CoverPages:
    physician = physician_of(physician_id)
    return CoverPages(
        physician=physician,
        action=url_for(endpoint, physician_id=physician_id, cover_id=cover_id),
        back=(url_for("admin.physician", physician_id=physician_id), physician.full_name),
        section="physicians",
        own=False,
        leave=lambda: see_other("admin.physician", physician_id=physician_id),
    )
