"""Work that reaches the provider: claim, judge and commit the intent, call, record, look up what stayed unclear."""

from clinic.messaging.jobs.sending import send_all_due, send_due
from clinic.messaging.jobs.sweeping import sweep

__all__ = ["send_all_due", "send_due", "sweep"]
