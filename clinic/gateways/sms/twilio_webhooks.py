"""Signed forms from the provider: is it really from there, and what does it say."""

import re
from collections.abc import Iterable, Mapping

from twilio.request_validator import RequestValidator

from clinic.gateways.sms import InboundText, StatusUpdate, UnreadableWebhook

_SID = re.compile(r"(SM|MM)[0-9a-fA-F]{32}")
_STATUS = re.compile(r"[a-z_]{1,32}")
_CODE = re.compile(r"[1-9][0-9]{0,8}")
_OPT_OUT_TYPES = frozenset({"STOP", "START", "HELP"})


def signature_ok(url: str, form: Mapping[str, str], *, signature: str | None, tokens: Iterable[str]) -> bool:
    """Say whether one of the tokens signed this form for this address.

    `url` is the address as configured at the provider, with query and without fragment; `form` keeps blank values and
    may hold several values for a key (werkzeug's MultiDict). Several tokens stand side by side while one is replaced.
    """
    if not signature:
        return False
    return any(_signed(url, form, signature=signature, token=token) for token in tokens if token)


def parse_status(form: Mapping[str, str]) -> StatusUpdate:
    """Read a delivery report; raises UnreadableWebhook."""
    status = (_one(form, "MessageStatus") or _one(form, "SmsStatus")).lower()
    if not _STATUS.fullmatch(status):
        raise UnreadableWebhook("no status")
    return StatusUpdate(provider_sid=_sid(form), status=status, error_code=_number(form, "ErrorCode"))


def parse_inbound(form: Mapping[str, str]) -> InboundText:
    """Read a text from a phone; raises UnreadableWebhook. NUL characters, which no column takes, are dropped."""
    sender, receiver = (_one(form, key).replace("\x00", "").strip() for key in ("From", "To"))
    if not sender or not receiver:
        raise UnreadableWebhook("no sender or receiver")
    kind = _one(form, "OptOutType").upper()
    return InboundText(
        provider_sid=_sid(form),
        from_e164=sender,
        to_e164=receiver,
        body=_one(form, "Body").replace("\x00", ""),
        opt_out_type=kind if kind in _OPT_OUT_TYPES else None,
        segments=_number(form, "NumSegments") or 1,
        media_count=_number(form, "NumMedia") or 0,
    )


def _signed(url: str, form: Mapping[str, str], *, signature: str, token: str) -> bool:
    validator = RequestValidator(token)  # type: ignore[no-untyped-call]
    return bool(validator.validate(url, form, signature))  # type: ignore[no-untyped-call]


def _sid(form: Mapping[str, str]) -> str:
    sid = _one(form, "MessageSid") or _one(form, "SmsSid")
    if not _SID.fullmatch(sid):
        raise UnreadableWebhook("no message id")
    return sid


def _one(form: Mapping[str, str], key: str) -> str:
    """Return the single value of a key, blank when missing.

    The signature covers the sorted set of values, so of two different values it does not say which came first.
    """
    getlist = getattr(form, "getlist", None)
    values = set(getlist(key)) if getlist else {form[key]} if key in form else set()
    if len(values) > 1:
        raise UnreadableWebhook(f"two values for {key}")
    return str(values.pop()) if values else ""


def _number(form: Mapping[str, str], key: str) -> int | None:
    text = _one(form, key).strip()
    return int(text) if _CODE.fullmatch(text) else None
