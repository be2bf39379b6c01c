"""Whether a text that a message waits is still true at the moment it would leave."""

from datetime import datetime

from sqlalchemy.orm import Session

from clinic.conversations.queries.secure import secure_message
from clinic.conversations.rules.messages import LINK_WANTED
from clinic.messaging.rules.kinds import Drop, Planned, Send, Verdict


def message_guard(session: Session, planned: Planned, _now: datetime) -> Verdict:
    """Tell of a message only while the patient has not read it, unless somebody asked for the link itself."""
    message = secure_message(session, planned.subject_id) if planned.subject_id else None
    if message is None:
        return Drop("no_subject")
    is_read = message.author_kind == "staff" and message.read_at is not None
    return Drop("read_already") if is_read and planned.subject_version != LINK_WANTED else Send()
