"""The reports beside each other, as far as their reader may open them."""

from flask import url_for

from clinic.web.frame.navigation import may_open

_REPORTS = (("Visits", "coordinator.visit_report"), ("Outcomes", "physician.outcomes"))


def report_tabs(current: str) -> list[tuple[str, str, bool]]:
    """Return label, address and whether it is `current`, the endpoint on the screen; none where there is one only."""
    found = [(label, url_for(name), name == current) for label, name in _REPORTS if may_open(name)]
    return found if len(found) > 1 else []
