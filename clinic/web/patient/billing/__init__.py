"""The patient's own plan: what it is, what it costs and when, its card, its invoices, and how to pause or end it."""

from clinic.web.patient.billing import cards, changing, ending, invoices, joining, overview, pausing, paying

__all__ = ["cards", "changing", "ending", "invoices", "joining", "overview", "pausing", "paying"]
