"""Words that the provider itself listens for; only a text of that single word counts."""

from collections.abc import Mapping
from types import MappingProxyType

from clinic.gateways.sms.stand_in.setup import Sender

_STOP = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"})
_START = frozenset({"START", "YES", "UNSTOP"})
_HELP = frozenset({"HELP", "INFO"})
# At a toll-free number the network itself listens, and only to these.
_NETWORK_STOP, _NETWORK_START = frozenset({"STOP"}), frozenset({"START", "UNSTOP"})

_ORDINARY = {
    "STOP": "You have successfully been unsubscribed. You will not receive any more messages from this number. "
    "Reply START to resubscribe.",
    "START": "You have successfully been re-subscribed to messages from this number. Reply HELP for help. "
    "Reply STOP to unsubscribe. Msg&Data Rates May Apply.",
    "HELP": "Reply STOP to unsubscribe. Msg&Data Rates May Apply.",
}
_NETWORK = {
    "STOP": 'NETWORK MSG: You replied with the word "stop" which blocks all texts sent from this number. '
    'Text back "unstop" to receive messages again.',
    "START": 'NETWORK MSG: You have replied "unstop" and will begin receiving messages again from this number.',
}

REPLIES: Mapping[Sender, Mapping[str, str]] = MappingProxyType(
    {
        Sender.LONG_CODE: _ORDINARY,
        Sender.SHORT_CODE: _ORDINARY,
        Sender.TOLL_FREE: _ORDINARY | _NETWORK,
    }
)
"""What the provider, or the network, answers by itself."""


def keyword_in(body: str, sender: Sender, *, opted_out: bool) -> str | None:
    """Return STOP, START, HELP or None; YES is a plain answer unless the phone had opted out."""
    word = body.strip().upper()
    is_toll_free = sender is Sender.TOLL_FREE
    if word in (_NETWORK_STOP if is_toll_free else _STOP):
        return "STOP"
    if word == "YES" and not opted_out:
        return None
    if word in (_NETWORK_START if is_toll_free else _START):
        return "START"
    return "HELP" if word in _HELP else None
