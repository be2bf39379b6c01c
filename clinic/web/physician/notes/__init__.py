"""The pages of visit notes: read, write, sign, discard and add to."""

from clinic.web.physician.notes import adding, discarding, listing, signing, writing

__all__ = ["adding", "discarding", "listing", "signing", "writing"]
