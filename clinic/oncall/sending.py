"""Whether a call for a person that waits to leave is still true."""

from datetime import datetime

from sqlalchemy.orm import Session

from clinic.messaging.rules.kinds import Drop, Planned, Send, Verdict
from clinic.oncall.errors import NoSuchPage
from clinic.oncall.queries import page
from clinic.oncall.queries.pages import SOMEBODY_HAS_IT


def page_guard(session: Session, planned: Planned, _now: datetime) -> Verdict:
    """Send while nobody has the page."""
    if planned.subject_id is None:
        return Drop("no_subject")
    try:
        row = page(session, planned.subject_id)
    except NoSuchPage:
        return Drop("no_subject")
    return Send() if row.is_open else Drop(SOMEBODY_HAS_IT)
