"""Reads the form that Stripe's clients send: `metadata[reference]=1` and `expand[0]=card` are trees."""

import re
from collections.abc import Mapping
from typing import Any

_PARTS = re.compile(r"[^\[\]]+")


def tree_of(form: Mapping[str, str]) -> dict[str, Any]:
    """Return a flat form as a tree of texts."""
    tree: dict[str, Any] = {}
    for name, value in form.items():
        *way, last = _PARTS.findall(name)
        place = tree
        for step in way:
            place = place.setdefault(step, {})
        place[last] = value
    return tree


def is_on(value: object) -> bool:
    """Say whether a flag of a form is set."""
    return str(value).lower() == "true"


def number_in(value: object) -> int:
    """Return a whole number, 0 for what is none."""
    text = str(value)
    return int(text) if text.isascii() and text.isdecimal() else 0
