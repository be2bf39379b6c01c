"""The pages of the signal rules: the list, changing one with a preview, and what was before."""

from clinic.web.physician.monitoring_rules import editing, listing

__all__ = ["editing", "listing"]
