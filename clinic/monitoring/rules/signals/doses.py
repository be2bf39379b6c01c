"""Signs of dose: more taken than ordered, and asking for more (D08, D09)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from clinic.monitoring.rules.evidence import Evidence, FindingFact, OrderedUnits, Reading, SessionTaken
from clinic.monitoring.rules.levels import Level
from clinic.monitoring.rules.signals.reports import tolerance_checks
from clinic.monitoring.rules.signals.seeing import (
    Numbers,
    Seen,
    counted,
    finding_identity,
    identity,
    ordinal,
    read,
    said,
)
from clinic.monitoring.rules.signals.signal import Input

_SEVERE = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class _Dose:
    """Units taken against units ordered, and what shows that severe symptoms followed."""

    identity: str
    on: date
    taken: int
    ordered: int
    symptoms: tuple[Reading, ...] = ()
    has_symptoms: bool = False


def took_more(evidence: Evidence, numbers: Numbers) -> Iterable[Seen] | None:
    """D08: more units in a session than the order says, by the log or by what a physician learned."""
    orders = evidence.supplied.orders
    logged = [] if orders is None else [each for each in evidence.sessions if each.units is not None]
    found = evidence.found("took_more_than_prescribed")
    if not logged and not found:
        return None
    return _over(evidence, numbers, [*_logged(logged, evidence, numbers), *(_told(each) for each in found)])


def _over(evidence: Evidence, numbers: Numbers, doses: Iterable[_Dose]) -> Iterator[Seen]:
    for dose in doses:
        is_far = dose.taken * 100 >= dose.ordered * numbers["urgent_percent"] > 0
        after = ", and severe symptoms followed" if dose.has_symptoms else ""
        yield Seen(
            level=Level.URGENT if is_far or dose.has_symptoms else Level.HOLD,
            on=dose.on,
            facts=(dose.identity, *(identity(each) for each in dose.symptoms)),
            inputs=(
                Input(what="Units taken", value=str(dose.taken), on=dose.on),
                Input(what="Units ordered", value=str(dose.ordered), on=None),
                *(read("Worst side effect, of 3", each) for each in dose.symptoms),
            ),
            sentence=f"{_taken(dose)} on {said(dose.on, evidence.today)}{after}.",
            used=("urgent_percent", "symptom_days"),
        )


def _taken(dose: _Dose) -> str:
    if not dose.ordered:
        return "More than prescribed was taken"
    return f"{counted(dose.taken, 'unit')} taken where the order says {dose.ordered}"


def _logged(sessions: Iterable[SessionTaken], evidence: Evidence, numbers: Numbers) -> Iterator[_Dose]:
    for each in sessions:
        order = _order_on(each.on, evidence.supplied.orders or ())
        if order is None or each.units is None or each.units <= order.units:
            continue
        until = each.at + timedelta(days=numbers["symptom_days"])
        reported = evidence.score("side_effects", "worst")
        symptoms = tuple(one for one in reported if each.at <= one.at <= until and one.value >= _SEVERE)
        yield _Dose(
            identity=f"session {each.appointment_id}={each.units}",
            on=each.on,
            taken=each.units,
            ordered=order.units,
            symptoms=symptoms,
            has_symptoms=bool(symptoms),
        )


def _told(found: FindingFact) -> _Dose:
    details = found.details
    return _Dose(
        identity=finding_identity(found),
        on=found.on,
        taken=int(details.get("units_taken", 0)),
        ordered=int(details.get("units_ordered", 0)),
        has_symptoms=bool(details.get("had_symptoms")),
    )


def _order_on(on: date, orders: Iterable[OrderedUnits]) -> OrderedUnits | None:
    """Return the order that counts on a day, the newest of several."""
    valid = [each for each in orders if each.from_on <= on and (each.until_on is None or on <= each.until_on)]
    return max(valid, key=lambda each: each.from_on, default=None)


def dose_requests(evidence: Evidence, numbers: Numbers) -> Iterable[Seen] | None:
    """D09: requests for a higher dose, alone, repeated, or near a report that the same amount does less."""
    found = evidence.found("dose_increase_request")
    return [_request(found, place, evidence, numbers=numbers) for place in range(len(found))] or None


def _request(found: tuple[FindingFact, ...], place: int, evidence: Evidence, *, numbers: Numbers) -> Seen:
    newest = found[place]
    oldest = newest.on - timedelta(days=numbers["window_days"])
    upto = [each for each in found[: place + 1] if each.on >= oldest]
    near = timedelta(days=numbers["together_days"])
    felt = [check[-1] for check in tolerance_checks(evidence) if check and abs(check[-1].on - newest.on) <= near]
    is_review = len(upto) >= numbers["review_count"] or bool(felt)
    again = f", the {ordinal(len(upto))} time within {numbers['window_days']} days" if len(upto) > 1 else ""
    also = f"; on {said(felt[-1].on, evidence.today)} the same amount was said to do less" if felt else ""
    return Seen(
        level=Level.REVIEW if is_review else Level.INFO,
        on=newest.on,
        facts=(*(finding_identity(each) for each in upto), *(identity(each) for each in felt)),
        inputs=(
            *(Input(what="Asked for a higher dose", value="yes", on=each.on) for each in upto),
            *(read("The same amount does less", each) for each in felt),
        ),
        sentence=f"Asked for a higher dose on {said(newest.on, evidence.today)}{again}{also}.",
        used=("review_count", "window_days", "together_days"),
    )
