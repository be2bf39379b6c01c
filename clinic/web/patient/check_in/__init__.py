"""The check-in: a patient's questions behind the link of a text, answered on any phone and kept as they are given."""

from clinic.web.patient.check_in import answering, pages

__all__ = ["answering", "pages"]
