"""The frame's own sentences: what error pages say, and what a form says when a box cannot be read."""

from http import HTTPStatus

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

PAGE_WORDS: dict[int, tuple[LazyString, LazyString]] = {
    HTTPStatus.BAD_REQUEST: (
        _l("We could not read that"),
        _l("The request did not arrive as it should. Go back, reload the page and try again."),
    ),
    HTTPStatus.UNAUTHORIZED: (
        _l("This page has closed"),
        _l("To keep your details private it closes after a while. Open it again the way you came."),
    ),
    HTTPStatus.FORBIDDEN: (
        _l("Not part of your role"),
        _l("Your account does not include this. If you need it for your work, ask an administrator."),
    ),
    HTTPStatus.NOT_FOUND: (
        _l("Nothing here"),
        _l("There is no page at this address, or it is not open to you. Check the address or start again."),
    ),
    HTTPStatus.METHOD_NOT_ALLOWED: (
        _l("That does not work here"),
        _l("This page cannot be used in that way. Go back and use the buttons on the page."),
    ),
    HTTPStatus.CONFLICT: (
        _l("Something changed in the meantime"),
        _l("Reload the page to see how things stand now, then try again."),
    ),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: (
        _l("That is too long"),
        _l("Nothing was saved. Go back, shorten the text and send it again."),
    ),
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: (
        _l("Files cannot be sent here"),
        _l("This service takes no files. Go back and type what you want to say."),
    ),
    HTTPStatus.UNPROCESSABLE_ENTITY: (
        _l("We cannot use that as it is"),
        _l("Go back, change it and try again."),
    ),
    HTTPStatus.TOO_MANY_REQUESTS: (
        _l("Too many tries"),
        _l("Wait a minute, then try again. Nothing was lost."),
    ),
    HTTPStatus.INTERNAL_SERVER_ERROR: (
        _l("Something went wrong on our side"),
        _l("Wait a few minutes, look whether your last change is there, and try again if it is not."),
    ),
    HTTPStatus.SERVICE_UNAVAILABLE: (
        _l("We are busy for a moment"),
        _l("Wait a few seconds, then reload the page."),
    ),
}

FIELD_WORDS: dict[str, LazyString] = {
    "missing": _l("Fill this in."),
    "short": _l("This is too short."),
    "long": _l("Use %(limit)s characters at most."),
    "choice": _l("Choose one from the list."),
    "number": _l("Enter a whole number, like 30."),
    "date": _l("Enter a date, like 2026-11-25."),
    "date_parts": _l("Enter month, day and year in numbers, like 3 12 1984."),
    "time": _l("Enter a time, like 14:30."),
    "range": _l("This number is too large or too small."),
    "hidden_character": _l("This holds a hidden character. Type it again instead of pasting."),
    "twice": _l("This came twice. Reload the page and try again."),
    "unknown": _l("This page has changed since you opened it. Reload it and try again."),
    "other": _l("We cannot use this. Check it and try again."),
}
