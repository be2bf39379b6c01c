"""The task about a night whose comparison with the provider's list did not come out even."""

from datetime import date, datetime

from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.messaging.actions.emails import alert_administrators
from clinic.worklist import actions as worklist
from clinic.worklist.rules import WorkKind

_ALERT = "The nightly comparison of texts found differences"
_PAGE = "/admin/system/comparisons"


def report_comparison(
    session: Session, *, day: date, strange: int, doubled: int, missing: int, by: Actor, now: datetime
) -> None:
    """Ask an administrator about a day that does not come out even, and close the task of one that does."""
    key = f"{WorkKind.PROVIDER_AUDIT}:{day}"
    found = [
        _counted(strange, "left through the clinic's account that this product did not send"),
        _counted(doubled, "reached a phone a second time"),
        _counted(missing, "that we count as sent, the provider does not know"),
    ]
    said = "; ".join(words for words in found if words)
    if not said:
        worklist.close_for(session, dedupe_key=key, by=by, now=now)
        return
    worklist.open_item(
        session,
        kind=WorkKind.PROVIDER_AUDIT,
        dedupe_key=key,
        reason=f"Texts of {day:%A, %B %-d}: {said}.",
        subject_kind="provider_audit",
        subject_id=None,
        patient_id=None,
        now=now,
        by=by,
    )
    # However many days are made up for after an outage, one e-mail a day is enough: the page has them all.
    alert_administrators(
        session, what=_ALERT, page=_PAGE, key=f"{WorkKind.PROVIDER_AUDIT}:on {now.date()}", by=by, now=now
    )


def _counted(number: int, words: str) -> str:
    return f"{number} {'text' if number == 1 else 'texts'} {words}" if number else ""
