"""The patients' pages of coordinators: list and search, chart, adding, editing, consent to texts."""

from clinic.web.coordinator.patients import (
    adding,
    addresses,
    chart,
    check_ins,
    consent,
    contact_log,
    editing,
    forms,
    import_progress,
    importing,
    listing,
    merging,
    sign_ins,
    status,
    wording,
)

__all__ = [
    "adding",
    "addresses",
    "chart",
    "check_ins",
    "consent",
    "contact_log",
    "editing",
    "forms",
    "import_progress",
    "importing",
    "listing",
    "merging",
    "sign_ins",
    "status",
    "wording",
]
