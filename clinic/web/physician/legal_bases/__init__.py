"""The pages of legal bases: what holds until when, whom an end affects, and writing one down."""

from clinic.web.physician.legal_bases import editing, listing, removing

__all__ = ["editing", "listing", "removing"]
