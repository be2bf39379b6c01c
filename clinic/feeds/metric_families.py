"""The figures about texts as Prometheus wants them: names, help and labels; no label tells of a person."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from prometheus_client import Metric
from prometheus_client.metrics_core import GaugeHistogramMetricFamily, GaugeMetricFamily

from clinic.messaging.queries import Figures
from clinic.messaging.queries.audits import Comparison
from clinic.messaging.queries.durations import Histogram

LABELS = frozenset({"lane", "state", "how", "reason", "kind", "code", "longer_than", "sweep", "le"})
"""Every label there may be: names of queues, codes, kinds of texts and bounds."""

_PREFIX = "clinic_text_"
_DAY = "in the last 24 hours"


def families_of(found: Figures, *, now: datetime) -> Iterator[Metric]:
    """Give every family; all are gauges, since what is true of a moment or of the last day may fall."""
    yield from _lanes(found, now)
    yield from _unclear(found)
    yield from _outcomes(found)
    yield from _durations(found)
    yield from _rounds(found, now)
    yield from _comparison(found.last_comparison)
    yield _one("sent_outside_window", f"Texts that left at night {_DAY}; must be 0.", found.sent_outside_window)
    yield _one("sent_after_opt_out", f"Texts begun after an opt-out {_DAY}; must be 0.", found.sent_after_opt_out)


def _lanes(found: Figures, now: datetime) -> Iterator[Metric]:
    ages = {lane.name: _age(lane.oldest_due_at, now) for lane in found.lanes}
    paused = {lane.name: int(lane.paused_at is not None) for lane in found.lanes}
    yield _one("all_stopped", "1 while a person has stopped all texts.", int(found.is_stopped))
    yield _by(
        "lane", "oldest_due_age_seconds", "How long the text due longest has waited; 0 = none is due.", values=ages
    )
    yield _by("lane", "due", "Texts that are due and wait.", values={lane.name: lane.waiting for lane in found.lanes})
    yield _by("lane", "lane_paused", "1 while the provider's refusal keeps a queue on hold.", values=paused)


def _unclear(found: Figures) -> Iterator[Metric]:
    sent_again = found.resolved.get("sent_again", 0)
    lag = f"Longest time {_DAY} to find a text whose answer was lost; the provider's list lags less, as we look later."
    yield _one("ambiguous_open", "Texts whose answer was lost, not cleared up yet.", found.ambiguous_open)
    yield _by("how", "ambiguous_resolved", f"How those were cleared up {_DAY}.", values=found.resolved)
    yield _one("resent_after_ambiguous", f"Texts sent again because nobody had them {_DAY}.", sent_again)
    yield _one("duplicates", f"Texts that the provider had more than once {_DAY}.", found.duplicates)
    yield _one("unknown_open", "Texts of which a person has yet to find out the end.", found.unknown_open)
    yield _one("list_lag_seconds", lag, found.durations.list_lag)


def _outcomes(found: Figures) -> Iterator[Metric]:
    http = f"Calls {_DAY} by the provider's HTTP status; 201 = taken, none = no answer."
    yield _by("state", "state", f"Texts that changed {_DAY}, by where they stand.", values=found.states)
    yield _by("reason", "suppressed", f"Texts not sent because of consent {_DAY}.", values=found.suppressed)
    yield _by("kind", "expired", f"Texts whose time ran out {_DAY}, by kind.", values=found.expired)
    yield _by("code", "provider_http", http, values=found.provider_http)
    yield _by("code", "provider_errors", f"The provider's error codes {_DAY}.", values=found.provider_errors)


def _durations(found: Figures) -> Iterator[Metric]:
    took = found.durations
    slow = f"Share of texts handed over {_DAY} without a receipt after so long; failed ones left out."
    shares = {f"{after // timedelta(minutes=1)}m": share for after, share in took.slow_ratio.items()}
    yield _histogram("send_duration_seconds", f"From the intent to the provider's answer, {_DAY}.", took.send)
    yield _histogram("callback_duration_seconds", f"From there to the first report, {_DAY}.", took.callback)
    yield _histogram("deliver_duration_seconds", f"From when it was due to its receipt, {_DAY}.", took.deliver)
    yield _by("longer_than", "slow_ratio", slow, values=shares)


def _rounds(found: Figures, now: datetime) -> Iterator[Metric]:
    waits = "How long the oldest reply has waited to be dealt with; 0 = none waits."
    ran = {name: ran_at.timestamp() for name, ran_at in found.sweeps.items()}
    yield _one("inbound_unprocessed_age_seconds", waits, _age(found.oldest_unhandled_reply_at, now))
    yield _by("sweep", "sweep_last_run_timestamp_seconds", "When each round last ran.", values=ran)


def _comparison(last: Comparison | None) -> Iterator[Metric]:
    """Give the latest day that was compared with the provider's list, which ends at the clinic's midnight."""
    unknown, missing = (len(last.unknown_sids), len(last.missing)) if last is not None else (0, 0)
    at = last.ran_at.timestamp() if last is not None else 0
    yield _one("comparison_unknown", "Texts on the provider's list that we did not ask for, latest night.", unknown)
    yield _one("comparison_missing", "Texts that we count as sent and the provider lacks, latest night.", missing)
    yield _one("comparison_timestamp_seconds", "When texts were last compared with the provider's list; 0 = never.", at)


def _age(since: datetime | None, now: datetime) -> float:
    return max(0.0, (now - since).total_seconds()) if since else 0.0


def _one(name: str, words: str, value: float | None) -> Metric:
    return GaugeMetricFamily(_PREFIX + name, words, value=value)


def _by(label: str, name: str, words: str, *, values: Mapping[str, float | None]) -> Metric:
    family = GaugeMetricFamily(_PREFIX + name, words, labels=[label])
    for of, value in sorted(values.items()):
        if value is not None:
            family.add_metric([of], value)
    return family


def _histogram(name: str, words: str, found: Histogram) -> Metric:
    bounds = [(f"{bound:g}", float(times)) for bound, times in found.at_most]
    family = GaugeHistogramMetricFamily(_PREFIX + name, words)
    family.add_metric([], [*bounds, ("+Inf", float(found.count))], found.seconds)
    return family
