"""The support person: named by the patient, and the page of that person's own link."""

from clinic.web.patient.support import naming, noting, pages

__all__ = ["naming", "noting", "pages"]
