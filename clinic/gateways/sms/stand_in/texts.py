"""One text as the pretend provider keeps it, and how it looks on the wire."""

import re
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlsplit

from clinic.gateways.sms.segments import segments_of, smart_encoded
from clinic.gateways.sms.stand_in.setup import Setup

_INSTANTS = ("created_at", "changed_at", "send_at", "leaves_at")
FINAL = frozenset({"delivered", "undelivered", "failed", "canceled", "received"})
WAITING = frozenset({"scheduled", "accepted", "queued"})
_UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")


@dataclass
class Text:
    """A text in either direction; `earlier` counts the requests for this number before this one.

    `service` is the messaging service it was handed to, blank where it names our number; `leaves_at` is its place in
    line, `send_at` the instant it is scheduled for, and `moments` are those of `history`.
    """

    sid: str
    to: str
    from_: str
    body: str
    direction: str
    status: str
    created_at: datetime
    callback: str = ""
    validity: int = 36000
    error_code: int | None = None
    earlier: int = 0
    changed_at: datetime | None = None
    history: list[str] = field(default_factory=list)
    service: str = ""
    send_at: datetime | None = None
    leaves_at: datetime | None = None
    moments: list[str] = field(default_factory=list)

    @property
    def phone(self) -> str:
        """The patient's end of the conversation."""
        return self.from_ if self.direction == "inbound" else self.to

    @property
    def attempt_id(self) -> str | None:
        """The attempt named in the path of the status callback."""
        found = _UUID.search(urlsplit(self.callback).path)
        return found[0].lower() if found else None

    def moment_of(self, status: str) -> datetime | None:
        """Return when the text came to a status; None when it did not, or nobody wrote down when."""
        known = dict(zip(self.history, self.moments, strict=False))
        return datetime.fromisoformat(known[status]) if status in known else None

    def as_record(self) -> dict[str, Any]:
        """Return what the journal keeps."""
        return asdict(self) | {name: _written(getattr(self, name)) for name in _INSTANTS}


def text_from(record: Mapping[str, Any]) -> Text:
    """Read back what `as_record` wrote."""
    instants = {name: record[name] for name in _INSTANTS if record.get(name)}
    return Text(**{**record, **{name: datetime.fromisoformat(value) for name, value in instants.items()}})


def _written(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None


def new_sid() -> str:
    """Return a message id that was never used."""
    return f"SM{uuid.uuid4().hex}"


def as_resource(text: Text, setup: Setup) -> dict[str, Any]:
    """Return the published shape of a message resource."""
    uri = f"/2010-04-01/Accounts/{setup.account_sid}/Messages/{text.sid}"
    is_waiting = text.status in WAITING
    sent_at = None if is_waiting else text.moment_of("sent") or text.changed_at
    is_counted = text.status not in {"accepted", "scheduled"}
    return {
        "body": text.body,
        "num_segments": str(segments_of(smart_encoded(text.body))) if is_counted else "0",
        "direction": text.direction,
        "from": text.from_ if is_counted else None,
        "to": text.to,
        "date_updated": format_datetime(text.changed_at or text.created_at),
        "price": None,
        "error_message": None,
        "uri": f"{uri}.json",
        "account_sid": setup.account_sid,
        "num_media": "0",
        "status": text.status,
        "messaging_service_sid": text.service or setup.service_sid or None,
        "sid": text.sid,
        "date_sent": format_datetime(sent_at) if sent_at else None,
        "date_created": format_datetime(text.created_at),
        "error_code": text.error_code,
        "price_unit": "USD",
        "api_version": "2010-04-01",
        "subresource_uris": {"media": f"{uri}/Media.json"},
    }


def as_bubble(text: Text) -> dict[str, Any]:
    """Return what the phone simulator shows, and what a harness counts."""
    return {
        "sid": text.sid,
        "to": text.to,
        "from": text.from_,
        "body": text.body,
        "direction": text.direction,
        "status": text.status,
        "error_code": text.error_code,
        "at": text.created_at.isoformat(),
        "segments": segments_of(smart_encoded(text.body)),
        "attempt_id": text.attempt_id,
        "history": text.history,
        "moments": text.moments,
    }
