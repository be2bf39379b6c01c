"""Pages of patients, from a text or signed in by a code: no password, no JavaScript needed."""

from flask import Blueprint

blueprint = Blueprint("patient", __name__)

from clinic.web.patient import (  # noqa: E402 - the views attach themselves to the blueprint above
    area,
    billing,
    check_in,
    checklist,
    choosing,
    course,
    deliveries,
    entry,
    forms,
    intake,
    messages,
    qualify,
    support,
    visits,
    waiting,
    whereabouts,
)

__all__ = [
    "area",
    "billing",
    "blueprint",
    "check_in",
    "checklist",
    "choosing",
    "course",
    "deliveries",
    "entry",
    "forms",
    "intake",
    "messages",
    "qualify",
    "support",
    "visits",
    "waiting",
    "whereabouts",
]
