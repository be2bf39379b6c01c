"""The patient's own area: signed in by a code, everything on one page, and who looked at the record."""

from clinic.web.patient.area import home, leaving, looks, new_link, signing_in

__all__ = ["home", "leaving", "looks", "new_link", "signing_in"]
