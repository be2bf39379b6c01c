"""Signs of supply: early refills, counts that do not add up, lost units, parcels, contact data (D01-D05)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from clinic.monitoring.rules.evidence import ContactFacts, Evidence, UnitCount
from clinic.monitoring.rules.levels import Level
from clinic.monitoring.rules.signals.seeing import (
    Numbers,
    Seen,
    counted,
    finding_identity,
    listed,
    one_by_one,
    ordinal,
    said,
)
from clinic.monitoring.rules.signals.signal import Input


@dataclass(frozen=True, slots=True)
class _Event:
    """Something that happened on a day, told by another part of the product or recorded by a physician."""

    identity: str
    on: date
    words: str


def early_refills(evidence: Evidence, numbers: Numbers) -> Iterable[Seen] | None:
    """D01: requests for a refill well before the plan allows the next shipment."""
    asked = evidence.supplied.refill_requests
    found = evidence.found("early_refill_request")
    if asked is None and not found:
        return None
    early = [
        *((f"request {each.id}", each.on, (each.allowed_on - each.on).days) for each in asked or ()),
        *((finding_identity(each), each.on, int(each.details.get("days_early", 0))) for each in found),
    ]
    events = [
        _Event(identity, on, f"{counted(ahead, 'day')} before the plan allows it")
        for identity, on, ahead in early
        if ahead > numbers["early_days"]
    ]
    return _early(evidence, numbers, events)


def _early(evidence: Evidence, numbers: Numbers, events: Iterable[_Event]) -> Iterator[Seen]:
    for upto in _series(events, numbers["window_days"]):
        newest, count = upto[-1], len(upto)
        level = Level.WATCH
        if count >= numbers["review_count"]:
            level = Level.HOLD if count >= numbers["hold_count"] else Level.REVIEW
        again = f", the {ordinal(count)} early request within {numbers['window_days']} days" if count > 1 else ""
        yield _seen(
            level,
            upto,
            what="Refill asked for",
            sentence=f"Asked for a refill on {said(newest.on, evidence.today)}, {newest.words}{again}.",
            used=("early_days", "review_count", "hold_count", "window_days"),
        )


def unit_counts(evidence: Evidence, numbers: Numbers) -> Iterable[Seen] | None:
    """D02: units that were dispensed and that nobody accounts for."""
    ledger = evidence.supplied.ledger
    if ledger is None:
        return None
    counts = sorted(ledger, key=lambda each: each.on)
    return one_by_one([_count(counts[:place], each, evidence, numbers=numbers) for place, each in enumerate(counts)])


def _count(earlier: Sequence[UnitCount], count: UnitCount, evidence: Evidence, *, numbers: Numbers) -> Seen | None:
    if count.missing < numbers["review_units"]:
        return None
    oldest = count.on - timedelta(days=numbers["repeat_days"])
    before = [each for each in earlier if each.missing >= numbers["review_units"] and each.on >= oldest]
    is_hold = bool(before) or count.missing >= numbers["hold_units"]
    again = f"; the count of {said(before[-1].on, evidence.today)} was short too" if before else ""
    return Seen(
        level=Level.HOLD if is_hold else Level.REVIEW,
        on=count.on,
        facts=tuple(f"count {each.id}={each.missing}" for each in (*before, count)),
        inputs=(
            *(Input(what="Units missing at a count before", value=str(each.missing), on=each.on) for each in before),
            Input(what="Units left at the count before", value=str(count.before), on=None),
            Input(what="Dispensed since", value=str(count.dispensed), on=None),
            Input(what="Taken since", value=str(count.taken), on=None),
            Input(what="Wasted since", value=str(count.wasted), on=None),
            Input(what="Counted", value=str(count.counted), on=count.on),
        ),
        sentence=(
            f"The count of {said(count.on, evidence.today)} found {counted(count.counted, 'unit')} where "
            f"{count.counted + count.missing} should be: {count.missing} not accounted for{again}."
        ),
        used=("review_units", "hold_units", "repeat_days"),
    )


def loss_claims(evidence: Evidence, numbers: Numbers) -> Iterable[Seen] | None:
    """D03: units said to be lost, stolen or damaged."""
    claims = evidence.supplied.loss_claims
    found = evidence.found("lost_or_stolen")
    if claims is None and not found:
        return None
    events = [
        *(_Event(f"claim {each.id}", each.on, each.what) for each in claims or ()),
        *(_Event(finding_identity(each), each.on, str(each.details.get("what", "lost"))) for each in found),
    ]
    return _losses(evidence, numbers, events)


def _losses(evidence: Evidence, numbers: Numbers, events: Iterable[_Event]) -> Iterator[Seen]:
    for upto in _series(events, numbers["window_days"]):
        newest, count = upto[-1], len(upto)
        again = f", the {ordinal(count)} report within {numbers['window_days']} days" if count > 1 else ""
        yield _seen(
            Level.HOLD if count >= numbers["hold_count"] else Level.REVIEW,
            upto,
            what="Units reported",
            sentence=f"Units were reported {newest.words} on {said(newest.on, evidence.today)}{again}.",
            used=("hold_count", "window_days"),
        )


def disputed_deliveries(evidence: Evidence, numbers: Numbers) -> Iterable[Seen] | None:
    """D04: parcels said not to have arrived that the carrier has an adult's signature for."""
    parcels = evidence.supplied.deliveries
    found = evidence.found("not_delivered")
    if parcels is None and not found:
        return None
    events = [
        *(
            _Event(f"parcel {each.id}", each.on, f"signed for on {said(each.signed_on, evidence.today)}")
            for each in parcels or ()
            if each.signed_on is not None
        ),
        *(
            _Event(finding_identity(each), each.on, "signed for by an adult")
            for each in found
            if each.details.get("adult_signature")
        ),
    ]
    return _parcels(evidence, numbers, events)


def _parcels(evidence: Evidence, numbers: Numbers, events: Iterable[_Event]) -> Iterator[Seen]:
    for upto in _series(events, numbers["window_days"]):
        newest, count = upto[-1], len(upto)
        again = f"; the {ordinal(count)} such parcel within {numbers['window_days']} days" if count > 1 else ""
        yield _seen(
            Level.HOLD if count >= numbers["hold_count"] else Level.REVIEW,
            upto,
            what="Parcel said not to have arrived",
            sentence=(
                f"A parcel reported missing on {said(newest.on, evidence.today)} is {newest.words} "
                f"in the carrier's records{again}."
            ),
            used=("hold_count", "window_days"),
        )


def contact_changes(evidence: Evidence, numbers: Numbers) -> Iterable[Seen] | None:
    """D05: contact data that changed often or just before a parcel, is shared with others or a forwarder's."""
    facts = evidence.supplied.contact_changes
    found = evidence.found("address_changed")
    if facts is None and not found:
        return None
    known = facts or ContactFacts()
    changes = [
        *(_Event(f"change {each.id}", each.on, each.what) for each in known.changes),
        *(_Event(finding_identity(each), each.on, str(each.details.get("what", "address"))) for each in found),
    ]
    return [*_changes(evidence, numbers, changes), *_just_before(evidence, numbers, known), *_shared(evidence, known)]


def _changes(evidence: Evidence, numbers: Numbers, events: Iterable[_Event]) -> Iterator[Seen]:
    for upto in _series(events, numbers["window_days"]):
        if len(upto) < numbers["changes"]:
            continue
        yield _seen(
            Level.REVIEW,
            upto,
            what="Changed",
            sentence=(
                f"Contact data changed {len(upto)} times within {numbers['window_days']} days: "
                f"{listed([f'{each.words} on {said(each.on, evidence.today)}' for each in upto])}."
            ),
            used=("changes", "window_days"),
        )


def _just_before(evidence: Evidence, numbers: Numbers, known: ContactFacts) -> Iterator[Seen]:
    """Yield each change of address that a parcel followed within days, the first parcel after it."""
    for each in known.changes:
        sent = min((on for on in known.sent_on if on >= each.on), default=None)
        if each.what != "address" or sent is None or (sent - each.on).days > numbers["before_days"]:
            continue
        before = counted((sent - each.on).days, "day")
        yield _seen(
            Level.REVIEW,
            [
                _Event(f"change {each.id}", each.on, "another address"),
                _Event(f"sent {sent}", sent, "a parcel left"),
            ],
            what="Before a parcel",
            sentence=(
                f"The address changed on {said(each.on, evidence.today)}, {before} before a parcel left on "
                f"{said(sent, evidence.today)}."
            ),
            used=("before_days",),
        )


def _shared(evidence: Evidence, known: ContactFacts) -> Iterator[Seen]:
    for each in known.shared:
        others = counted(each.others, "other patient")
        event = _Event(f"shared {each.id}", each.on, f"{each.what}, {others}")
        sentence = f"The {each.what} seen on {said(each.on, evidence.today)} is also that of {others}."
        yield _seen(Level.REVIEW, [event], what="Shared", sentence=sentence)
    for on in known.forwarded_on:
        event = _Event(f"forwarder {on}", on, "forwarder")
        sentence = f"The address given on {said(on, evidence.today)} is a mailbox or a parcel forwarder's."
        yield _seen(Level.REVIEW, [event], what="Address", sentence=sentence)


def _series(events: Iterable[_Event], window_days: int) -> Iterator[list[_Event]]:
    """Yield each event with those before it inside the window, the oldest first."""
    ordered = sorted(events, key=lambda each: (each.on, each.identity))
    for place, newest in enumerate(ordered):
        oldest = newest.on - timedelta(days=window_days)
        yield [each for each in ordered[: place + 1] if each.on >= oldest]


def _seen(level: Level, events: Sequence[_Event], *, what: str, sentence: str, used: tuple[str, ...] = ()) -> Seen:
    return Seen(
        level=level,
        on=events[-1].on,
        facts=tuple(each.identity for each in events),
        inputs=tuple(Input(what=what, value=each.words, on=each.on) for each in events),
        sentence=sentence,
        used=used,
    )
