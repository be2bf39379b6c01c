"""The provider's list of texts: filters, pages that stay put while new texts come, and a lag."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from clinic.gateways.sms.stand_in.provider import Provider
from clinic.gateways.sms.stand_in.texts import WAITING, Text, as_resource

_DEFAULT_PAGE, _LARGEST_PAGE = 50, 1000
_OF_THE_PAGE = frozenset({"Page", "PageSize", "PageToken"})


def page_of(provider: Provider, asked: Mapping[str, str], *, path: str) -> dict[str, Any]:
    """Return one page in the published shape; its token names the last text of the page before."""
    page, size = _number(asked, "Page", 0), max(1, min(_number(asked, "PageSize", _DEFAULT_PAGE), _LARGEST_PAGE))
    found = _found(provider, asked)
    begin = _begin(found, asked.get("PageToken", ""), otherwise=page * size)
    here, has_more = found[begin : begin + size], len(found) > begin + size

    def uri(number: int, after: str = "") -> str:
        kept = {key: value for key, value in asked.items() if key not in _OF_THE_PAGE}
        token = {"PageToken": f"PA{after}"} if after else {}
        return f"{path}?{urlencode(kept | {'PageSize': size, 'Page': number} | token)}"

    return {
        "messages": [as_resource(text, provider.setup) for text in here],
        "page": page,
        "page_size": size,
        "start": begin,
        "end": begin + max(len(here) - 1, 0),
        "uri": uri(page),
        "first_page_uri": uri(0),
        "previous_page_uri": uri(page - 1) if page else None,
        "next_page_uri": uri(page + 1, here[-1].sid) if has_more else None,
    }


def _begin(found: list[Text], token: str, *, otherwise: int) -> int:
    places = (place for place, text in enumerate(found, start=1) if token == f"PA{text.sid}")
    return next(places, otherwise)


def _number(asked: Mapping[str, str], name: str, otherwise: int) -> int:
    value = asked.get(name, "")
    return int(value) if value.isascii() and value.isdigit() else otherwise


def _found(provider: Provider, asked: Mapping[str, str]) -> list[Text]:
    """Return what the filters let through, newest first, without what the list is still too slow to show."""
    visible_until = provider.now() - timedelta(seconds=provider.plan.list_lag)
    phone = asked.get("To") or asked.get("From") or ""
    known = provider.store.of_phone(phone) if phone != provider.setup.number and phone else provider.store.all()
    return [text for text in reversed(known) if text.created_at <= visible_until and _matches(text, asked)]


def _matches(text: Text, asked: Mapping[str, str]) -> bool:
    if asked.get("To", text.to) != text.to or asked.get("From", text.from_) != text.from_:
        return False
    return _sent_when_asked(text, asked)


def _sent_when_asked(text: Text, asked: Mapping[str, str]) -> bool:
    bounds = {sign: asked.get(f"DateSent{sign}", "")[:10] for sign in ("", "<", ">")}
    if not any(bounds.values()):
        return True
    sent_at = text.moment_of("sent") or text.changed_at
    if sent_at is None or text.status in WAITING:
        return False
    earliest = date.fromisoformat(bounds[">"] or bounds[""] or "0001-01-01")
    latest = date.fromisoformat(bounds["<"] or bounds[""] or "9999-12-31")
    return earliest <= sent_at.date() <= latest
