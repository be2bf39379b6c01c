"""The public questions "see if you qualify": nothing is kept until somebody leaves a name and a number."""

from clinic.web.patient.qualify import asking, joining

__all__ = ["asking", "joining"]
