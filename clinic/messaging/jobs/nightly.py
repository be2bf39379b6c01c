"""The comparison of the night: each text of a day on the provider's list and in our books, both ways."""

import logging
from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from clinic.gateways.sms import ProviderMessage, Rejected, SmsFailure, SmsGateway
from clinic.kernel.actor import system
from clinic.kernel.ids import digest
from clinic.kernel.localtime import first_instant_of, in_zone
from clinic.kernel.statements import among
from clinic.messaging.actions.comparing import report_comparison
from clinic.messaging.actions.tasks import report_unknown
from clinic.messaging.jobs.auditing import known_sids, take_in
from clinic.messaging.models import Message, MessageAttempt, ProviderAudit
from clinic.messaging.queries.audits import doubled_sids
from clinic.messaging.rules.kinds import WITH_PROVIDER, MessageState
from clinic.people.models import Phone
from clinic.runtime import Runtime

AUDITOR = system("Nightly comparison")

NOT_BEFORE = time(3)
"""The hour of the clinic's night from which the day before is compared: the provider's list has caught up by then."""

NIGHTS = 7
"""How many days back a missed comparison is made up for."""

_CLOCKS_DIFFER = timedelta(hours=2)
_MOST_ASKED, _MOST_NAMED, _MOST_CALLED, _ROWS_AT_ONCE = 200, 1000, 100, 500
_NOT_FOUND = 404
_COMPARED = select(ProviderAudit.day).where(among(ProviderAudit.day, "days"))
_BEGAN = select(func.min(MessageAttempt.started_at))

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Span:
    """One clinic-local day as instants; `end` is not part of it."""

    day: date
    start: datetime
    end: datetime

    def __contains__(self, instant: datetime) -> bool:
        return self.start <= instant < self.end


@dataclass(slots=True)
class _Listed:
    """What the provider's pages brought; `seen` keeps eight bytes of each text, so that a huge day fits."""

    seen: "array[int]" = field(default_factory=lambda: array("Q"))
    strange: list[str] = field(default_factory=list)

    def has(self, sid: str) -> bool:
        """Tell whether a text was listed, once `seen` is sorted."""
        place = bisect_left(self.seen, _short(sid))
        return place < len(self.seen) and self.seen[place] == _short(sid)


def audit_night(runtime: Runtime) -> date | None:
    """Compare the earliest day of the last week that was not compared yet and return it.

    None when there is none, or when the provider does not answer: then nothing is written down, and a later call
    begins anew.
    """
    gateway, zone = runtime.texting.gateway, runtime.clinic.zone
    if gateway is None:
        return None
    with runtime.begin(by=AUDITOR) as session:
        day = _next_day(session, zone=zone, now=runtime.clock())
    return day if day is not None and compare_day(runtime, gateway, day) else None


def compare_day(runtime: Runtime, gateway: SmsGateway, day: date) -> bool:
    """Compare a clinic-local day, in place of an earlier comparison; False when the provider did not answer."""
    zone = runtime.clinic.zone
    span = _Span(day, first_instant_of(day, zone), first_instant_of(day + timedelta(days=1), zone))
    try:
        listed = _list(runtime, gateway, span)
        count, missing = _compare(runtime, gateway, span=span, listed=listed)
    except SmsFailure as trouble:
        _logger.warning("the texts of %s could not be compared: %s", day, trouble)
        return False
    _write_down(runtime, span, listed, accepted_count=count, missing=missing)
    return True


def _next_day(session: Session, *, zone: str, now: datetime) -> date | None:
    local = in_zone(now, zone)
    nights = 1 if local.time() >= NOT_BEFORE else 2
    days = [local.date() - timedelta(days=nights + back) for back in reversed(range(NIGHTS))]
    done = set(session.scalars(_COMPARED, {"days": days}))
    waiting = [day for day in days if day not in done]
    began = session.scalar(_BEGAN) if waiting else None
    return next((day for day in waiting if began is not None and day >= in_zone(began, zone).date()), None)


def _list(runtime: Runtime, gateway: SmsGateway, span: _Span) -> _Listed:
    """Read the provider's pages, each compared in a transaction of its own, with room for clocks that differ."""
    listed = _Listed()
    for page in gateway.listed(since=span.start - _CLOCKS_DIFFER, until=span.end + _CLOCKS_DIFFER):
        sent = [text for text in page if text.direction == "outbound-api"]
        listed.seen.extend(_short(text.provider_sid) for text in sent)
        of_the_day = [text for text in sent if text.created_at in span]
        with runtime.begin(by=AUDITOR) as session:
            strange = _strange(session, of_the_day, now=runtime.clock())
        listed.strange += strange[: _MOST_NAMED - len(listed.strange)]
    listed.seen = array("Q", sorted(listed.seen))
    return listed


def _strange(session: Session, texts: Sequence[ProviderMessage], *, now: datetime) -> list[str]:
    """Return the texts that no attempt of ours explains; one whose answer was lost finds its attempt here."""
    known = known_sids(session, [text.provider_sid for text in texts])
    unknown = [text for text in texts if text.provider_sid not in known]
    phones = select(Phone.e164, Phone.id).where(Phone.e164.in_({text.to for text in unknown}))
    ids = {row.e164: row.id for row in session.execute(phones)} if unknown else {}
    return [text.provider_sid for text in unknown if not _is_ours(session, ids.get(text.to), text, now=now)]


def _is_ours(session: Session, phone_id: UUID | None, text: ProviderMessage, *, now: datetime) -> bool:
    return phone_id is not None and take_in(session, phone_id, text, by=AUDITOR, now=now)


def _compare(runtime: Runtime, gateway: SmsGateway, *, span: _Span, listed: _Listed) -> tuple[int, list[UUID]]:
    """Return how many texts we count as taken that day, and the messages of those that the provider does not have."""
    count, absent = 0, list[tuple[UUID, str]]()
    with runtime.begin(by=AUDITOR) as session:
        for message_id, sid in _taken(session, span):
            count += 1
            if not listed.has(sid) and len(absent) < _MOST_NAMED:
                absent.append((message_id, sid))
    # The list may leave a text out that it knows by its id, so each is asked for before anybody is told.
    surely = [message_id for message_id, sid in absent[:_MOST_ASKED] if not _has(gateway, sid)]
    return count, surely + [message_id for message_id, _ in absent[_MOST_ASKED:]]


def _taken(session: Session, span: _Span) -> Iterator[tuple[UUID, str]]:
    rows = (
        select(MessageAttempt.message_id, MessageAttempt.provider_sid)
        .join(Message, Message.id == MessageAttempt.message_id)
        .where(
            MessageAttempt.started_at >= span.start,
            MessageAttempt.started_at < span.end,
            MessageAttempt.provider_sid.is_not(None),
            Message.channel == "sms",
        )
        .execution_options(yield_per=_ROWS_AT_ONCE)
    )
    return ((row.message_id, row.provider_sid) for row in session.execute(rows))


def _has(gateway: SmsGateway, sid: str) -> bool:
    try:
        gateway.fetch(sid)
    except Rejected as refusal:
        if refusal.http_status == _NOT_FOUND:
            return False
        raise
    return True


def _write_down(
    runtime: Runtime, span: _Span, listed: _Listed, *, accepted_count: int, missing: Sequence[UUID]
) -> None:
    now = runtime.clock()
    with runtime.begin(by=AUDITOR) as session:
        doubled = doubled_sids(session, since=span.start, until=span.end)
        unknown = sorted({*listed.strange, *doubled})[:_MOST_NAMED]
        result = {
            "ran_at": now,
            # Not the length of the list, which leaves out what never left the provider and begins a day a little off.
            "listed_count": accepted_count - len(missing) + len(unknown),
            "accepted_count": accepted_count,
            "unknown_sids": unknown,
            "missing_ids": sorted(missing),
        }
        row = insert(ProviderAudit).values(day=span.day, **result)
        session.execute(row.on_conflict_do_update(index_elements=["day"], set_=result))
        report_comparison(
            session,
            day=span.day,
            strange=len(listed.strange),
            doubled=len(doubled),
            missing=len(missing),
            by=AUDITOR,
            now=now,
        )
        _ask_for_calls(session, missing[:_MOST_CALLED], now=now)


def _ask_for_calls(session: Session, missing: Sequence[UUID], *, now: datetime) -> None:
    """Ask coordinators about the readers of texts that the provider does not know and nobody has confirmed."""
    unconfirmed = (*WITH_PROVIDER, MessageState.UNCONFIRMED)
    wanted = select(Message).where(Message.id.in_(missing), Message.state.in_(unconfirmed)).order_by(Message.id)
    for message in session.scalars(wanted):
        report_unknown(session, message, by=AUDITOR, now=now)


def _short(sid: str) -> int:
    return int.from_bytes(digest(sid)[:8])
