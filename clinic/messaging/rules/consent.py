"""Whether a number may get a text."""

from datetime import datetime

from clinic.messaging.rules.kinds import Category
from clinic.messaging.rules.templates import Template

OPTED_OUT = "opted_out"
NO_CONSENT = "no_consent"
NO_MARKETING_CONSENT = "no_marketing_consent"


def refusal_of(template: Template, *, consented_at: datetime | None, opted_out_at: datetime | None) -> str | None:
    """Return why a number may not get this text, or None when it may.

    An answer to a text that somebody just wrote needs no consent before; only the answers to STOP, to HELP and
    to words that sound like danger reach a number that opted out (47 CFR 64.1200(a)(12): one text confirms an opt-out).
    """
    if opted_out_at is not None and not template.reaches_opted_out:
        return OPTED_OUT
    if template.category is Category.MARKETING:
        return NO_MARKETING_CONSENT  # The consent to care texts is none to this, and no other is asked for yet.
    if consented_at is None and template.category in {Category.SERVICE, Category.SAFETY}:
        return NO_CONSENT
    return None
