"""How a text is encoded and cut: GSM-7 or UCS-2, segment counts, and the provider's smart encoding."""

from enum import StrEnum

# GSM 03.38 basic set without the escape; the lower-case c with cedilla and the back-tick are not in it.
_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("\f^{}\\[~]|€")  # an escape and a character: two septets that stay together
_OUTSIDE_BASIC_PLANE = 0xFFFF


class Encoding(StrEnum):
    """The two alphabets a text can travel in."""

    GSM7 = "GSM-7"
    UCS2 = "UCS-2"


_ONE = {Encoding.GSM7: 160, Encoding.UCS2: 70}
_EACH_OF_MANY = {Encoding.GSM7: 153, Encoding.UCS2: 67}

# What smart encoding writes instead, by replacement (published list of the provider, code points in hex).
_LOOKALIKES = {
    '"': "ab bb 201c 201d 2ba 2ee 201f 275d 275e 301d 301e 201e",
    "'": "2018 2019 2bb 2c8 2bc 2bd 2b9 201b b4 2ca 60 2cb 275b 275c 313 314 fe10 fe11 2017",
    "/": "f7 29f8 337 338 2044 2215",
    "\\": "29f9 29f5 20e5 fe68",
    "_": "332",
    "|": "20d2 20d3 2223 23b8 23b9 23d0 239c 239f",
    "-": "23bc 23bd 2015 fe63 2010 2043 2014 2013 2022",
    "@": "fe6b",
    "$": "fe69",
    "!": "1c3 fe15 fe57",
    "!!": "203c",
    "#": "fe5f",
    "%": "fe6a",
    "&": "fe60",
    ",": "201a 326 fe50 fe51 ff64 3001",
    "(": "2768 276a fe59 27ee 2985",
    ")": "2769 276b fe5a 27ef 2986",
    "*": "204e 2217 229b 2722 2723 2724 2725 2731 2732 2733 273a 273b 273c 273d 2743 2749 274a 274b 29c6 fe61",
    "+": "2d6 fe62",
    ".": "3002 fe52 ff61",
    "...": "2026",
    ":": "2d0 2f8 2982 a789 fe13",
    ";": "204f fe14 fe54",
    "<": "fe64 203a",
    "=": "347 a78a fe66",
    ">": "fe65 2039",
    "?": "fe16 fe56",
    "^": "2c6 302 1dcd",
    "{": "2774 fe5b",
    "}": "2775 fe5c",
    "~": "2dc 2f7 303 330 334 223c",
    "1/4": "bc",
    "1/2": "bd",
    "3/4": "be",
    " ": "a0 2000 2001 2002 2003 2004 2005 2006 2007 2008 2009 200a 202f 205f 3000 2028 2029 9 80 8d 90 9b 9f",
    "": "0 3 4 10 11 12 13 14 17 19 200b 2060 feff",
}
_SMALL_CAPITALS = dict(zip("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ", "ABCDEFGHIJKLMNOPRSTUVWYZ", strict=True))
_FULL_WIDTH = {chr(0xFF01 + offset): chr(0x21 + offset) for offset in range(94)} | {"\uff40": "'"}
_SMART = str.maketrans(
    {chr(int(point, 16)): plain for plain, points in _LOOKALIKES.items() for point in points.split()}
    | _SMALL_CAPITALS
    | _FULL_WIDTH
)


def smart_encoded(body: str) -> str:
    """Return the text as the provider sends it with smart encoding on: look-alikes become GSM-7 characters."""
    return body.translate(_SMART)


def same_text(one: str, other: str) -> bool:
    """Say whether two bodies are one text, whatever smart encoding and white space did to either."""
    return smart_encoded(one).split() == smart_encoded(other).split()


def encoding_of(body: str) -> Encoding:
    """Return the alphabet that the text needs as it stands."""
    return Encoding.GSM7 if all(symbol in _BASIC or symbol in _EXTENDED for symbol in body) else Encoding.UCS2


def length_of(body: str) -> int:
    """Return how much room the text takes in its alphabet: a brace or a euro sign takes twice that of a letter."""
    encoding = encoding_of(body)
    return sum(_units(symbol, encoding) for symbol in body)


def segments_of(body: str) -> int:
    """Return how many segments the text takes as it stands; an empty text takes one."""
    encoding = encoding_of(body)
    sizes = [_units(symbol, encoding) for symbol in body]
    if sum(sizes) <= _ONE[encoding]:
        return 1
    return _cut(sizes, _EACH_OF_MANY[encoding])


def _units(symbol: str, encoding: Encoding) -> int:
    if encoding is Encoding.GSM7:
        return 2 if symbol in _EXTENDED else 1
    return 2 if ord(symbol) > _OUTSIDE_BASIC_PLANE else 1


def _cut(sizes: list[int], room: int) -> int:
    """Count segments when no character may straddle two of them."""
    segments, used = 1, 0
    for size in sizes:
        if used + size > room:
            segments, used = segments + 1, 0
        used += size
    return segments
