"""The pages of protocols: the list, the editor, and what a new version would change."""

from clinic.web.physician.protocols import editing, listing

__all__ = ["editing", "listing"]
