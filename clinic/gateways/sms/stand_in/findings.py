"""What a harness asks after a run: how many texts each phone got, and which should not have left."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from clinic.gateways.sms.stand_in.keywords import keyword_in
from clinic.gateways.sms.stand_in.setup import Sender
from clinic.gateways.sms.stand_in.texts import Text

_OPENS, _CLOSES = time(8), time(20)
_FOR_ONE_CONFIRMATION = timedelta(minutes=5)


def findings_in(texts: Sequence[Text], *, zones: Mapping[str, str], zone: str) -> dict[str, Any]:
    """Return counts and suspects; `zones` says where a phone lives, and `zone` where all others do."""
    ours = [text for text in texts if text.direction == "outbound-api"]
    return {
        "counts": dict(Counter(text.to for text in ours)),
        "outside_window": [text.sid for text in ours if _is_at_night(text, zones.get(text.to, zone))],
        "after_stop": after_stop(texts),
        "doubled": doubled(ours),
    }


def doubled(texts: Iterable[Text]) -> dict[str, list[str]]:
    """Return the attempts that the provider took more than once."""
    sids: dict[str, list[str]] = defaultdict(list)
    for text in texts:
        if text.attempt_id is not None:
            sids[text.attempt_id].append(text.sid)
    return {attempt: found for attempt, found in sids.items() if len(found) > 1}


def after_stop(texts: Sequence[Text]) -> list[str]:
    """Return the texts taken for a phone after it said STOP and before START, but for one prompt confirmation."""
    stopped: dict[str, datetime] = {}
    confirmed: set[str] = set()
    found = []
    for text in texts:
        if text.direction == "inbound":
            _listen(text, stopped, confirmed)
        elif text.direction == "outbound-api" and text.phone in stopped:
            is_prompt = text.created_at - stopped[text.phone] <= _FOR_ONE_CONFIRMATION
            if is_prompt and text.phone not in confirmed:
                confirmed.add(text.phone)
            else:
                found.append(text.sid)
    return found


def _listen(text: Text, stopped: dict[str, datetime], confirmed: set[str]) -> None:
    keyword = keyword_in(text.body, Sender.LONG_CODE, opted_out=text.phone in stopped)
    if keyword == "STOP":
        stopped.setdefault(text.phone, text.created_at)
    elif keyword == "START":
        stopped.pop(text.phone, None)
        confirmed.discard(text.phone)


def _is_at_night(text: Text, zone: str) -> bool:
    """Say whether a text left for its phone outside [08:00, 20:00) of the phone's own wall clock."""
    left_at = text.moment_of("sent")
    if left_at is None:
        return False
    return not _OPENS <= left_at.astimezone(ZoneInfo(zone)).time() < _CLOSES
