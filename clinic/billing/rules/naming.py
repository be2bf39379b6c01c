"""Names that stand on an invoice: anybody who sees it may read them."""

from clinic.messaging.rules.forbidden import CLINICAL, unaccented


def clinical_word(name: str) -> str | None:
    """Return the first word of a name that tells of somebody's health or of a drug, None where there is none."""
    found = CLINICAL.search(unaccented(name))
    return found[0] if found else None
