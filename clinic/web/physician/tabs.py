"""The tabs over a physician's pages of one patient; a page that is not there has no tab."""

from typing import NamedTuple
from uuid import UUID

from flask import current_app
from werkzeug.exceptions import HTTPException

from clinic.web.frame.navigation import may_open
from clinic.web.physician import blueprint

_TABS = {
    "chart": ("Chart", "/my-patients/{}/chart"),
    "answers": ("Answers", "/my-patients/{}/answers"),
    "findings": ("Flags and findings", "/my-patients/{}/findings"),
    "notes": ("Notes", "/my-patients/{}/notes"),
    "intake": ("Intake", "/my-patients/{}/intake"),
    "plan": ("Plan", "/physician/patients/{}/plan"),
    "taper": ("Taper", "/my-patients/{}/taper"),
    "medication": ("Medication", "/my-patients/{}/medication"),
    "membership": ("Membership", "/my-patients/{}/membership"),
    "visits": ("Visits", "/my-patients/{}"),
    "messages": ("Messages", "/my-patients/{}/messages"),
}
"""Keys of tabs with their word and their address."""


class Tab(NamedTuple):
    """One tab as the macro of tabs takes it."""

    word: str
    href: str
    is_here: bool


@blueprint.app_template_global("patient_tabs")
def patient_tabs(patient_id: UUID, current: str) -> list[Tab]:
    """Return the tabs of a patient that the reader may open; `current` is a key such as "chart"."""
    found = [Tab(word, address.format(patient_id), key == current) for key, (word, address) in _TABS.items()]
    return [tab for tab in found if _is_page(tab.href)]


def _is_page(href: str) -> bool:
    try:
        endpoint, _ = current_app.url_map.bind("").match(href)
    except HTTPException:
        return False
    return may_open(str(endpoint))
