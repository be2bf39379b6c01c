"""What workers do for the people domain: imports of patients that were confirmed on a page."""

from clinic.people.jobs.importing import work_on_imports

__all__ = ["work_on_imports"]
