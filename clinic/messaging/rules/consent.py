"""Whether a number may get a text."""

from datetime import datetime

from clinic.messaging.rules.kinds import Category
from clinic.messaging.rules.templates import Template

OPTED_OUT = "opted_out"
NO_CONSENT = "no_consent"


def refusal_of(template: Template, *, consented_at: datetime | None, opted_out_at: datetime | None) -> str | None:
    """Return why a number may not get this text, or None when it may.

    An answer to a text that somebody just wrote needs no consent before; only the answers to STOP and HELP reach a
    number that opted out (47 CFR 64.1200(a)(12): one text to confirm an opt-out).
    """
    if opted_out_at is not None and not template.reaches_opted_out:
        return OPTED_OUT
    if consented_at is None and template.category is Category.SERVICE:
        return NO_CONSENT
    return None
