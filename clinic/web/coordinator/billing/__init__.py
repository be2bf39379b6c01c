"""The coordinators' pages of billing: failed payments, a patient's membership, one invoice, refunds and credits."""

from clinic.web.coordinator.billing import board, changing, giving_up, invoices, membership, returns, steps

__all__ = ["board", "changing", "giving_up", "invoices", "membership", "returns", "steps"]
