"""The line over every staff page while somebody is called and nobody has answered, and how open pages keep it true."""

from dataclasses import dataclass

from flask import jsonify, url_for
from flask.typing import ResponseReturnValue

from clinic.kernel.actor import ActorKind
from clinic.oncall.queries import PageRow, open_pages
from clinic.web.frame import policy
from clinic.web.frame.requests import actor, runtime
from clinic.web.oncall import blueprint


@dataclass(frozen=True, slots=True)
class Alarm:
    """The words, which name nobody, and where they lead."""

    words: str
    href: str


def on_call_alarm() -> Alarm | None:
    """Return the line for somebody signed in, or None while nothing is open."""
    if actor().kind is not ActorKind.STAFF:
        return None
    with runtime().begin(by=actor()) as session:
        found = open_pages(session)
    return _alarm(found) if found else None


@blueprint.get("/on-call/pulse")
@policy.staff(polling=True)
def pulse() -> ResponseReturnValue:
    """Tell an open page what the line says now; empty words mean that there is none."""
    found = on_call_alarm()
    return jsonify(words=found.words if found else "", href=found.href if found else "")


def _alarm(found: list[PageRow]) -> Alarm:
    if len(found) == 1:
        return Alarm(f"{found[0].title}. Nobody has it yet.", url_for("oncall.page", page_id=found[0].id))
    return Alarm(f"{len(found)} calls wait. Nobody has them yet.", url_for("oncall.now"))
