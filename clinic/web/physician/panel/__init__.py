"""The panel: all of a physician's patients in one table, as a file, and with filters that are kept."""

from clinic.web.physician.panel import asked, export, kept, listing, news, showing, views

__all__ = ["asked", "export", "kept", "listing", "news", "showing", "views"]
