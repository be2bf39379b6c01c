"""Replies that are written often: package data in both languages."""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedReply:
    """One reply to start from: what staff call it, and its words in each language."""

    key: str
    title: str
    en: str
    es: str

    def words(self, language: str, *, phone: str) -> str:
        """Return the words in a language, with the clinic's telephone number where they name it."""
        return (self.es if language == "es" else self.en).replace("{phone}", phone)


@cache
def saved_replies() -> tuple[SavedReply, ...]:
    """Return all of them in the order of the package."""
    rows = json.loads(files("clinic.conversations").joinpath("data/saved_replies.json").read_text(encoding="utf-8"))
    return tuple(SavedReply(**row) for row in rows)


def saved_reply(key: str) -> SavedReply | None:
    """Return the reply with this key, if there is one."""
    return next((one for one in saved_replies() if one.key == key), None)
