"""The patient's own forms: what is to be signed, each form on one page, copies to keep, and taking a signature back."""

from clinic.web.patient.forms import listing, signing, withdrawing

__all__ = ["listing", "signing", "withdrawing"]
