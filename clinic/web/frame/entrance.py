"""The door itself: before a view runs, its policy decides who gets in and where the others are sent."""

import secrets
from collections.abc import Callable
from dataclasses import replace
from http import HTTPStatus
from urllib.parse import urlencode

from flask import Flask, current_app, g, redirect, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import Forbidden, NotFound, Unauthorized

from clinic.kernel.actor import ANONYMOUS
from clinic.web.frame import cookies
from clinic.web.frame.policy import Audience, Policy, policy_of
from clinic.web.frame.requests import asks_by_itself, is_fragment, now, runtime, wants_json
from clinic.web.frame.visitors import OF_OTHERS, STRANGER, Knock, Visitor, front_door

SIGN_IN = "/sign-in"
SECOND_FACTOR = "/sign-in/code"
STEP_UP = "/sign-in/again"
OWN_AREA = "/me"

_READING = frozenset({"GET", "HEAD"})

Answer = ResponseReturnValue | None


def install(app: Flask) -> None:
    """Name each request, then hold its policy against who asks."""
    app.before_request(_name_request)


def install_door(app: Flask) -> None:
    """Enforce policies; stands after the checks that need no database."""
    app.before_request(_enforce)


def _name_request() -> None:
    g.now = runtime().clock()
    g.request_id = secrets.token_hex(8)
    g.policy = policy_of(current_app, request.endpoint)
    g.visitor = replace(STRANGER, actor=replace(ANONYMOUS, request_id=g.request_id, ip=request.remote_addr))
    g.actor = g.visitor.actor


def _enforce() -> Answer:
    policy: Policy | None = g.policy
    if policy is None:
        return None
    return _GUARDS[policy.audience](policy)


def _public(policy: Policy) -> Answer:
    if policy.knows_staff:
        _welcome(_staff_visitor(policy))
    if policy.knows_link:
        _welcome(_link_visitor(policy))
    if policy.knows_area:
        _welcome(_area_visitor(policy))
    return None


def _half_signed_in(policy: Policy) -> Answer:
    found = _staff_visitor(policy)
    if found is None:
        return _go_to(SIGN_IN)
    _welcome(found)
    return None


def _staff(policy: Policy) -> Answer:
    found = _staff_visitor(policy)
    if found is None:
        return _go_to(SIGN_IN)
    _welcome(found)
    if found.mfa_at is None:
        return _go_to(SECOND_FACTOR)
    if not policy.admits(found.actor.roles):
        front_door().refused(found.actor, _knock(policy))
        raise Forbidden
    if policy.needs_fresh_mfa and not found.is_fresh(now()):
        return _go_to(STEP_UP)
    return None


def _patient_link(policy: Policy) -> Answer:
    # A support person may hold the phone on which the patient is signed in.
    signed_in = None if policy.purposes <= OF_OTHERS and policy.purposes else _area_visitor(policy)
    if signed_in is not None:
        _welcome(signed_in)
        return None
    found = _link_visitor(policy)
    if found is None or found.link is None:
        raise Unauthorized
    _welcome(found)
    if policy.purposes and found.link.purpose not in policy.purposes:
        front_door().refused(found.actor, _knock(policy))
        raise NotFound
    return None


def _patient_area(policy: Policy) -> Answer:
    found = _area_visitor(policy)
    if found is not None:
        _welcome(found)
        return None
    if request.method not in _READING or wants_json() or is_fragment():
        raise Unauthorized
    return redirect(OWN_AREA, HTTPStatus.SEE_OTHER)


def _signed_webhook(_policy: Policy) -> Answer:
    return None


_GUARDS: dict[Audience, Callable[[Policy], Answer]] = {
    Audience.PUBLIC: _public,
    Audience.HALF_SIGNED_IN: _half_signed_in,
    Audience.STAFF: _staff,
    Audience.PATIENT_LINK: _patient_link,
    Audience.PATIENT_AREA: _patient_area,
    Audience.SIGNED_WEBHOOK: _signed_webhook,
}


def _staff_visitor(policy: Policy) -> Visitor | None:
    token = cookies.token_of("staff")
    return front_door().staff(token, _knock(policy)) if token else None


def _link_visitor(policy: Policy) -> Visitor | None:
    token = cookies.token_of("link")
    return front_door().link(token, _knock(policy)) if token else None


def _area_visitor(policy: Policy) -> Visitor | None:
    token = cookies.token_of("area")
    return front_door().area(token, _knock(policy)) if token else None


def _knock(policy: Policy) -> Knock:
    return Knock(
        now=now(),
        ip=request.remote_addr,
        request_id=g.request_id,
        endpoint=str(request.endpoint),
        lengthens=not (policy.is_polling or asks_by_itself()),
    )


def _welcome(found: Visitor | None) -> None:
    if found is not None:
        g.visitor = found
        g.actor = replace(found.actor, request_id=g.request_id, ip=request.remote_addr)


def _go_to(place: str) -> ResponseReturnValue:
    if wants_json() or is_fragment():
        raise Unauthorized
    onward = _way_back()
    return redirect(f"{place}?{urlencode({'next': onward})}" if onward else place, HTTPStatus.SEE_OTHER)


def _way_back() -> str | None:
    """Return what to open after signing in: the page asked for, or the page that a form was on."""
    if request.method in _READING:
        return request.full_path.rstrip("?")
    adapter = current_app.create_url_adapter(request)
    has_page = adapter is not None and "GET" in adapter.allowed_methods()
    return request.path if has_page else None
