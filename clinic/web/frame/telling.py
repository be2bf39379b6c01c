"""What a refusal says to its reader: an instant in it is told by the clinic's clock."""

from datetime import datetime

from clinic.kernel.errors import ChangedMeanwhile, DomainError
from clinic.web.frame.display import when
from clinic.web.frame.requests import runtime


def told(refusal: DomainError) -> str:
    """Return the sentence of a refusal, with the time of a colleague's change where it is known."""
    if isinstance(refusal, ChangedMeanwhile) and refusal.who and refusal.at:
        return changed_by(refusal.who, refusal.at)
    return refusal.message


def changed_by(who: str, at: datetime) -> str:
    """Return who was faster and when, by the clinic's clock."""
    return (
        f"{who} changed this ({when(at, runtime().clinic.zone)}). Nothing was overwritten. "
        "Look at it as it is now, then make your change if it is still needed."
    )
