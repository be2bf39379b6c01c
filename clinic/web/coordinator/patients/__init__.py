"""The patients' pages of coordinators: list and search, chart, adding, editing, consent to texts."""

from clinic.web.coordinator.patients import adding, chart, consent, editing, listing, wording

__all__ = ["adding", "chart", "consent", "editing", "listing", "wording"]
