"""The glyph of each level of a sign, the same on the panel, the chart, the queue and paper."""

from collections.abc import Mapping
from types import MappingProxyType

from clinic.monitoring.rules.levels import Level
from clinic.web.physician import blueprint

LEVEL_GLYPHS: Mapping[int, str] = MappingProxyType(
    {Level.URGENT: "\u25b2", Level.HOLD: "\u25a0", Level.REVIEW: "\u25c6", Level.WATCH: "\u25cf", Level.INFO: "i"}
)
"""A triangle, a square, a diamond, a disk and an i, by level; the word stands beside it always."""


@blueprint.app_template_filter("level_glyph")
def level_glyph(level: int) -> str:
    """Return the glyph of a level."""
    return LEVEL_GLYPHS[level]
