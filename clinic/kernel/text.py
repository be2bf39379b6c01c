"""Cleaning of typed text: one normal form, no invisible or direction-changing characters."""

import re
import unicodedata

from clinic.kernel.errors import Invalid

# C0 and C1 controls except line feed, bidi controls, zero-width characters, line and paragraph separators, BOM.
_UNSEEN = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]",
)


class UnseenCharacter(Invalid):
    """The text holds a character that nobody can see and that can deceive a reader."""

    code = "unseen_character"


def clean_line(text: str, *, field: str | None = None) -> str:
    """Return one line in NFC with single spaces, or raise UnseenCharacter; tabs and line feeds count as unseen."""
    if _UNSEEN.search(text) or "\n" in text:
        raise UnseenCharacter("This holds a hidden character. Type it again instead of pasting.", field=field)
    return " ".join(unicodedata.normalize("NFC", text).split())


def clean_note(text: str, *, field: str | None = None) -> str:
    """Return text of several lines in NFC with unix line ends, or raise UnseenCharacter."""
    unified = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    if _UNSEEN.search(unified):
        raise UnseenCharacter("This holds a hidden character. Type it again instead of pasting.", field=field)
    return unicodedata.normalize("NFC", unified).strip()


def search_key(*parts: str | None) -> str:
    """Return lower-case text without accents for searching, parts joined by spaces ("josé" is found by "jose")."""
    joined = " ".join(part for part in parts if part)
    decomposed = unicodedata.normalize("NFKD", joined.casefold())
    return "".join(symbol for symbol in decomposed if not unicodedata.combining(symbol))


def like_escaped(text: str) -> str:
    r"""Return text with the LIKE wildcards %, _ and \ made literal (escape character is a backslash)."""
    return re.sub(r"([\\%_])", r"\\\1", text)
