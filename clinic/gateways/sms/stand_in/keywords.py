"""Words that the provider itself listens for; only a text of that single word counts."""

_STOP = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"})
_START = frozenset({"START", "YES", "UNSTOP"})
_HELP = frozenset({"HELP", "INFO"})

REPLIES = {
    "STOP": "You have successfully been unsubscribed. You will not receive any more messages from this number. "
    "Reply START to resubscribe.",
    "START": "You have successfully been re-subscribed to messages from this number. Reply HELP for help. "
    "Reply STOP to unsubscribe. Msg&Data Rates May Apply.",
    "HELP": "Reply STOP to unsubscribe. Msg&Data Rates May Apply.",
}


def keyword_in(body: str, *, opted_out: bool) -> str | None:
    """Return STOP, START, HELP or None; YES is a plain answer unless the phone had opted out."""
    word = body.strip().upper()
    if word in _STOP:
        return "STOP"
    if word == "YES" and not opted_out:
        return None
    if word in _START:
        return "START"
    return "HELP" if word in _HELP else None
