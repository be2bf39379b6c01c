"""Reads of messages, attempts, replies and lanes."""

from clinic.messaging.queries.health import LaneRow, Metrics, metrics, waiting_by_lane
from clinic.messaging.queries.history import TextRow, count_waiting, history_of_patient, texts_about, texts_of_phone
from clinic.messaging.queries.inbound import inbound

__all__ = [
    "LaneRow",
    "Metrics",
    "TextRow",
    "count_waiting",
    "history_of_patient",
    "inbound",
    "metrics",
    "texts_about",
    "texts_of_phone",
    "waiting_by_lane",
]
