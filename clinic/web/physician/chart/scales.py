"""How each score is drawn: its top, its bands of severity and its cut-offs, all from the definition."""

from collections.abc import Mapping
from functools import cache

from clinic.dashboards.timeline_rules import BLADDER, CRAVING, GAD7, PAIN, PHQ9, SDS, ScoreKey
from clinic.monitoring.rules.instruments import Band, ScoreRule
from clinic.monitoring.rules.registry import newest
from clinic.web.charts.timeline import Cut, Scale, Stripe

BLADDER_RISE = 5
"""So many points over the own baseline ask for a look."""

_TONES = {"minimal": 0, "mild": 1, "moderate": 2, "moderately_severe": 3, "severe": 4}
_SHORT = {"Moderately severe": "Mod. severe", "At or above the cut-off": "Cut-off"}
_TALL: Mapping[ScoreKey, int] = {PHQ9: 162, GAD7: 132, SDS: 96, CRAVING: 72, BLADDER: 84, PAIN: 72}


@cache
def scale_of(key: ScoreKey) -> Scale:
    """Return how one score is drawn: with bands where they are degrees of severity, else with cut-offs."""
    rule = _rule(key)
    is_severity = all(each.key in _TONES for each in rule.bands)
    return Scale(
        top=int(rule.most),
        tall=_TALL[key],
        stripes=tuple(_stripe(each) for each in rule.bands) if is_severity else (),
        cuts=() if is_severity else tuple(_cut(each) for each in rule.bands if each.least > rule.least),
    )


def bladder_scale(baseline: int) -> Scale:
    """Return the bladder score's scale with the rise over this patient's own baseline that asks for a look."""
    cut = Cut(value=baseline + BLADDER_RISE, word=f"Start + {BLADDER_RISE}")
    return Scale(top=int(_rule(BLADDER).most), tall=_TALL[BLADDER], cuts=(cut,))


def band_word(key: ScoreKey, value: float) -> str:
    """Return the word of the band that a value lies in, empty where a score has none."""
    return next((each.title for each in reversed(_rule(key).bands) if value >= each.least), "")


def top_of(key: ScoreKey) -> int:
    """Return the highest value of a score."""
    return int(_rule(key).most)


def _stripe(band: Band) -> Stripe:
    return Stripe(least=int(band.least), word=_SHORT.get(band.title, band.title), tone=_TONES[band.key])


def _cut(band: Band) -> Cut:
    return Cut(value=int(band.least), word=_SHORT.get(band.title, band.title))


def _rule(key: ScoreKey) -> ScoreRule:
    instrument = newest(key[0])
    rule = instrument.score(key[1]) if instrument else None
    if rule is None:
        raise LookupError(f"no definition has the score {key[0]}.{key[1]}")
    return rule
