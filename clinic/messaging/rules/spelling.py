"""Texts as people type them, brought to plain words: no case, accents, apostrophes, skin tones or stretched letters."""

import re
import unicodedata

_APOSTROPHES = re.compile("[\u0027\u2018\u2019\u02bc\u00b4\u0060\uff07]")
# Signs that pictures carry with them: skin tones, joiners, the frame of a keycap, the wish for a colored picture.
_DRESS = re.compile("[\U0001f3fb-\U0001f3ff\u200b-\u200f\u2060\ufe0e\ufe0f\u20e3\ufeff\u00ad]")
_PICTURES = (
    ("\U0001f44d\U0001f44c\U0001f197\u2705\u2714\u2611\U0001f64c", " ok "),
    ("\U0001f44e\u274c\u2716\u274e", " no "),
    ("\U0001f6d1", " stop "),
    ("\U0001f64f\u2764\U0001f642\U0001f60a\U0001f600\U0001f601\U0001f604", " thanks "),
)
_NAMED = {ord(picture): word for pictures, word in _PICTURES for picture in pictures}
_STRETCHED = re.compile(r"([a-z])\1{2,}")
_WORD = re.compile(r"[a-z0-9]+")


def words_of(body: str) -> list[str]:
    """Return the words in order: `Yes, please!` is yes, please; a thumb up is ok; `don't` is dont; `stooop` is stop."""
    named = _DRESS.sub("", body).translate(_NAMED)
    folded = unicodedata.normalize("NFKD", _APOSTROPHES.sub("", named).casefold())
    plain = "".join(symbol for symbol in folded if not unicodedata.combining(symbol))
    return _WORD.findall(_STRETCHED.sub(r"\1", plain))
