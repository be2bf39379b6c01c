"""The page of one patient's taper, and the forms on it."""

from clinic.web.physician.taper import deciding, ending, showing, starting

__all__ = ["deciding", "ending", "showing", "starting"]
