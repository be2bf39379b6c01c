"""Forms on the wire: which requests are refused and why, and what the webhooks carry."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from clinic.gateways.sms.segments import segments_of
from clinic.gateways.sms.stand_in.numbers import refusal_of_sender
from clinic.gateways.sms.stand_in.setup import Setup
from clinic.gateways.sms.stand_in.texts import Text

# The published parameters of the operation that creates a message.
_PUBLISHED = """
To StatusCallback ApplicationSid MaxPrice ProvideFeedback Attempt ValidityPeriod ForceDelivery ContentRetention
AddressRetention SmartEncoded PersistentAction TrafficType ShortenUrls ScheduleType SendAt SendAsMms
ContentVariables MessageIntent RiskCheck From FallbackFrom MessagingServiceSid Body MediaUrl ContentSid
"""
CREATE_PARAMETERS = frozenset(_PUBLISHED.split())
_E164 = re.compile(r"\+[1-9]\d{6,14}")
_LONGEST_BODY = 1600
_LONGEST_VALIDITY = 36000
_SOONEST, _LATEST = timedelta(seconds=300), timedelta(days=35)

MESSAGES = {
    20001: "Unknown parameter",
    20003: "Authentication Error - invalid username",
    20404: "The requested resource was not found",
    20429: "Too Many Requests",
    20500: "An internal server error has occurred",
    21211: "Invalid 'To' Phone Number",
    21212: "Invalid 'From' Phone Number",
    21408: "Permission to send an SMS has not been enabled for the region",
    21602: "Message body is required.",
    21603: "A 'From' phone number is required.",
    21604: "A 'To' phone number is required.",
    21606: "The 'From' phone number provided is not a valid message-capable phone number",
    21609: "The 'StatusCallback' URL is not a valid URL.",
    21610: "Attempt to send to unsubscribed recipient",
    21611: "This 'From' number has exceeded the maximum number of queued messages",
    21612: "The message cannot be sent with the current combination of 'To' and/or 'From' parameters",
    21614: "'To' number is not a valid mobile number",
    21617: "The concatenated message body exceeds the 1600 character limit",
    21701: "The Messaging Service does not exist",
    30409: "This message cannot be canceled",
    35111: "SendAt is required for a scheduled message",
    35115: "SendAt is outside the supported window",
    35118: "MessagingServiceSid is required to schedule a message",
    35126: "ValidityPeriod is out of range",
}


def refusal_of(form: Mapping[str, str], setup: Setup, *, now: datetime) -> int | None:
    """Return the code that a request to create a text is refused with, or None."""
    return _address_refusal(form, setup) or _content_refusal(form) or _schedule_refusal(form, now)


def _address_refusal(form: Mapping[str, str], setup: Setup) -> int | None:
    if not form.get("To"):
        return 21604
    if not _E164.fullmatch(form["To"]):
        return 21211
    if not form.get("MessagingServiceSid"):
        return refusal_of_sender(form["From"], setup.number) if form.get("From") else 21603
    return None if setup.service_sid in {"", form["MessagingServiceSid"]} else 21701


def _content_refusal(form: Mapping[str, str]) -> int | None:
    if set(form) - CREATE_PARAMETERS:
        return 20001
    if not form.get("Body"):
        return 21602
    if len(form["Body"]) > _LONGEST_BODY:
        return 21617
    if not _is_callback(form.get("StatusCallback", "")):
        return 21609
    return None if _validity(form) else 35126


def _schedule_refusal(form: Mapping[str, str], now: datetime) -> int | None:
    if form.get("ScheduleType") != "fixed":
        return None
    if not form.get("MessagingServiceSid"):
        return 35118
    if not form.get("SendAt"):
        return 35111
    send_at = send_at_of(form)
    return None if send_at and _SOONEST < send_at - now <= _LATEST else 35115


def send_at_of(form: Mapping[str, str]) -> datetime | None:
    """Return the instant that a text is scheduled for; None for one that leaves at once or names no instant."""
    try:
        instant = datetime.fromisoformat(form.get("SendAt", ""))
    except ValueError:
        return None
    return instant if instant.tzinfo and form.get("ScheduleType") == "fixed" else None


def _is_callback(url: str) -> bool:
    parts = urlsplit(url)
    return not url or (parts.scheme in {"http", "https"} and bool(parts.hostname) and "_" not in parts.netloc)


def _validity(form: Mapping[str, str]) -> int | None:
    text = form.get("ValidityPeriod", str(_LONGEST_VALIDITY))
    seconds = int(text) if text.isascii() and text.isdigit() else 0
    return seconds if 1 <= seconds <= _LONGEST_VALIDITY else None


def validity_of(form: Mapping[str, str]) -> int:
    """Return the seconds that a text may wait at the provider."""
    return _validity(form) or _LONGEST_VALIDITY


def status_form(text: Text, setup: Setup) -> dict[str, str]:
    """Return the delivery report of the present status."""
    form = {
        "MessageSid": text.sid,
        "SmsSid": text.sid,
        "MessageStatus": text.status,
        "SmsStatus": text.status,
        "To": text.to,
        "From": text.from_,
        "AccountSid": setup.account_sid,
        "ApiVersion": "2010-04-01",
    }
    if service := text.service or setup.service_sid:
        form["MessagingServiceSid"] = service
    if text.error_code is not None:
        form["ErrorCode"] = str(text.error_code)
    if text.status == "delivered" and text.changed_at is not None:
        form["RawDlrDoneDate"] = f"{text.changed_at:%y%m%d%H%M}"
    return form


def inbound_form(text: Text, setup: Setup, *, keyword: str | None) -> dict[str, str]:
    """Return the report of a text from a phone."""
    form = {
        "MessageSid": text.sid,
        "SmsSid": text.sid,
        "SmsMessageSid": text.sid,
        "AccountSid": setup.account_sid,
        "MessagingServiceSid": text.service or setup.service_sid,
        "From": text.from_,
        "To": text.to,
        "Body": text.body,
        "NumMedia": "0",
        "NumSegments": str(segments_of(text.body)),
        "SmsStatus": "received",
        "FromCountry": "US",
        "FromState": "",
        "FromCity": "",
        "FromZip": "",
        "ToCountry": "US",
        "ApiVersion": "2010-04-01",
    }
    return form | ({"OptOutType": keyword} if keyword else {})
