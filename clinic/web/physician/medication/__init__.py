"""The pages of a patient's medication: what is ordered and at home, the order, the program, the next shipment."""

from clinic.web.physician.medication import (
    order,
    pdmp,
    queue,
    releasing,
    showing,
    signing,
    told,
    tracing,
    units,
    writing,
)

__all__ = ["order", "pdmp", "queue", "releasing", "showing", "signing", "told", "tracing", "units", "writing"]
