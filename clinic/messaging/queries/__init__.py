"""Reads of messages, attempts, replies and lanes."""

from clinic.messaging.queries.figures import Figures, figures
from clinic.messaging.queries.health import LaneRow, waiting_by_lane
from clinic.messaging.queries.history import TextRow, count_waiting, history_of_patient, texts_about, texts_of_phone
from clinic.messaging.queries.inbound import inbound
from clinic.messaging.queries.stopping import StandingStop, standing_stop
from clinic.messaging.queries.wordings import WordedText, Wording, all_texts, worded_text, wordings_of_text

__all__ = [
    "Figures",
    "LaneRow",
    "StandingStop",
    "TextRow",
    "WordedText",
    "Wording",
    "all_texts",
    "count_waiting",
    "figures",
    "history_of_patient",
    "inbound",
    "standing_stop",
    "texts_about",
    "texts_of_phone",
    "waiting_by_lane",
    "worded_text",
    "wordings_of_text",
]
