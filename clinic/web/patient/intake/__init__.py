"""The patient's own intake: a list of parts, each saved by itself, and one button that sends all of them."""

from clinic.web.patient.intake import address, overview, part

__all__ = ["address", "overview", "part"]
