"""Who looks after the physician's patients while he or she is away, named by himself or herself."""

from uuid import UUID

from flask import url_for
from flask.typing import ResponseReturnValue

from clinic.kernel.actor import Role
from clinic.web import covers
from clinic.web.covers import CoverPages
from clinic.web.frame import policy
from clinic.web.frame.requests import see_other
from clinic.web.physician import blueprint
from clinic.web.physician.own import me


@blueprint.get("/my-time/covers/new")
@policy.staff(Role.PHYSICIAN)
def new_cover() -> ResponseReturnValue:
    """Ask who covers, and when."""
    return covers.ask_new(_pages(url_for("physician.add_cover")))


@blueprint.post("/my-time/covers/new")
@policy.staff(Role.PHYSICIAN)
def add_cover() -> ResponseReturnValue:
    """Let a colleague see the own patients on these days."""
    return covers.add(_pages(url_for("physician.add_cover")))


@blueprint.get("/my-time/covers/<uuid:cover_id>")
@policy.staff(Role.PHYSICIAN)
def cover(cover_id: UUID) -> ResponseReturnValue:
    """Ask whether a cover is taken back."""
    return covers.ask_removal(_pages(url_for("physician.remove_cover", cover_id=cover_id)), cover_id)


@blueprint.post("/my-time/covers/<uuid:cover_id>")
@policy.staff(Role.PHYSICIAN)
def remove_cover(cover_id: UUID) -> ResponseReturnValue:
    """Take a cover back at once."""
    return covers.remove(_pages(url_for("physician.remove_cover", cover_id=cover_id)), cover_id)


def _pages(action: str) -> CoverPages:
    return CoverPages(
        physician=me(),
        action=action,
        back=(url_for("physician.my_time"), "My time"),
        section="my-time",
        own=True,
        leave=lambda: see_other("physician.my_time"),
    )
