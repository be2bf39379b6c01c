"""The patient's checklist before a session at home: a few questions at a time, the readings, the end of it."""

from clinic.web.patient.checklist import measuring, pages, sending, steps

__all__ = ["measuring", "pages", "sending", "steps"]
