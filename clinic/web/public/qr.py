"""QR codes as one SVG path, so that a page draws them without an image, a style or a script."""

from dataclasses import dataclass

import segno

_QUIET_ZONE = 4


@dataclass(frozen=True, slots=True)
class QrCode:
    """`size` is the side of the square in modules, `path` the dark modules as an SVG path."""

    size: int
    path: str


def qr_code(text: str) -> QrCode:
    """Return the QR code of a text, with the quiet zone that readers need."""
    rows = [list(row) for row in segno.make(text, error="m", micro=False).matrix_iter(border=_QUIET_ZONE)]
    steps = [
        f"M{column} {line}h1v1h-1z" for line, row in enumerate(rows) for column, is_dark in enumerate(row) if is_dark
    ]
    return QrCode(size=len(rows), path="".join(steps))
