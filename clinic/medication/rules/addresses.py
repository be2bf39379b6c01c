"""What two ways of writing one address have in common, and which addresses are mailboxes or forwarders."""

import re

from clinic.kernel.text import search_key

_SHORT = {
    "street": "st",
    "avenue": "ave",
    "av": "ave",
    "boulevard": "blvd",
    "road": "rd",
    "drive": "dr",
    "lane": "ln",
    "court": "ct",
    "circle": "cir",
    "place": "pl",
    "terrace": "ter",
    "highway": "hwy",
    "parkway": "pkwy",
    "north": "n",
    "south": "s",
    "east": "e",
    "west": "w",
    **dict.fromkeys(("apartment", "apt", "unit", "suite", "ste", "no", "number"), "#"),
}
_WORDS = re.compile(r"#|[^\W_]+")
_BOX = re.compile(r"\b(p o box|post office box)\b")
_MAILBOX = re.compile(
    r"\b(p o box|po box|post office box|apartado|pmb|private mail ?box|mail ?box|mail ?drop|general delivery|"
    r"freight|forward(ing|er|ers)|reship(ping|per)?|parcel locker|pack(age)? locker|casillero|reenvios?)\b"
)


def normal_address(line: str, postal_code: str) -> str:
    """Return a street line with its ZIP code as every way of writing it comes out: `12 palm st # 4 33101`."""
    words = [_SHORT.get(word, word) for word in _words(line)]
    told = [word for place, word in enumerate(words) if word != "#" or words[place - 1 : place] != ["#"]]
    return _BOX.sub("po box", " ".join([*told, postal_code[:5]]))


def is_forwarder(line: str) -> bool:
    """Tell whether a street line is a mailbox or a forwarder's, where no adult of the household signs."""
    return _MAILBOX.search(" ".join(_words(line))) is not None


def _words(line: str) -> list[str]:
    return _WORDS.findall(search_key(line.replace("'", "").replace("\u2019", "")))
