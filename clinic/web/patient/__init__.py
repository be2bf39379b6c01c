"""Pages that a patient opens from a text: small screens, two languages, no account, no JavaScript needed."""

from flask import Blueprint

blueprint = Blueprint("patient", __name__)

from clinic.web.patient import (  # noqa: E402 - the views attach themselves to the blueprint above
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
