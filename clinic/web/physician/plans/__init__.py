"""The pages of one patient's plan, for the physicians of the care team: the plan, and one page for each change."""

from clinic.web.physician.plans import (
    closing,
    details,
    fluids,
    home,
    numbers,
    outcome,
    phase,
    showing,
    starting,
    version,
)

__all__ = ["closing", "details", "fluids", "home", "numbers", "outcome", "phase", "showing", "starting", "version"]
