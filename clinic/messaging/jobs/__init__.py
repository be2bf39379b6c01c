"""Work that reaches the provider: claim, judge and commit the intent, call, record, look up what stayed unclear."""

from clinic.messaging.jobs.mailing import send_all_mail, send_due_mail
from clinic.messaging.jobs.sending import send_all_due, send_due
from clinic.messaging.jobs.sweeping import compare_nights, sweep

__all__ = ["compare_nights", "send_all_due", "send_all_mail", "send_due", "send_due_mail", "sweep"]
