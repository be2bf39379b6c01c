"""Walking the whole map of addresses as somebody: every page that answers GET, with every id that the town has."""

import os
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from itertools import product
from urllib.parse import parse_qs, urlsplit
from uuid import UUID
from zlib import crc32

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session
from werkzeug.exceptions import HTTPException
from werkzeug.routing import AnyConverter, IntegerConverter, Rule, UUIDConverter
from werkzeug.test import TestResponse

from clinic.billing.models import BillingPlan
from clinic.consents.rules.kinds import ConsentKind
from clinic.kernel.actor import Role
from clinic.kernel.db import Base
from clinic.monitoring.models import Answer as GivenAnswer
from clinic.monitoring.models import Assessment
from clinic.web.frame.policy import Audience, policy_of
from tests.web.generated.canaries import mapped

IS_WHOLE = bool(os.environ.get("WHOLE_INPUTS"))
"""`make test-inputs` takes every value, row and link; `make test` a part of each, and every address and reader."""
SHARE = 1 if IS_WHOLE else 12
"""Each place takes a twelfth of the hostile values, each value each twelfth place."""
FEW_BOXES = 1 if IS_WHOLE else 3
"""Each third box of a form is filled alone."""
_STRANGERS = 1 if IS_WHOLE else 6
"""So many a reader passes over of the addresses that the policy closes to it; `test_front_door` tries them all."""
_REFUSALS_OF_A_RULE = 1000 if IS_WHOLE else 4
"""After so many rows that are none of a reader's own, the others of the same address are passed over."""
PAGES_AGAIN = 1000 if IS_WHOLE else 2
"""So many pages of an address a reader opens again after the words in the database were changed."""
SAME_SITE = {"Sec-Fetch-Site": "same-origin"}
MISSING = UUID(int=7)
TABLES = {"account_id": "staff_account", "rule_id": "availability_rule", "override_id": "availability_override",
          "item_id": "work_item", "row_id": "outbox", "staff_id": "staff_account", "view_id": "panel_view",
          "order_id": "prescription", "plan_id": "billing_plan", "price_id": "plan_price",
          "change_id": "price_change", "notice_id": "price_notice", "note_id": "visit_note",
          "waiting_id": "waitlist_entry",
          "redemption_id": "discount_redemption", "request_id": "hardship_request"}  # fmt: skip
"""Names in addresses that are not the name of a table and `_id`, or are how several tables end."""

_TELLING = select(GivenAnswer.assessment_id).where(
    or_(GivenAnswer.value_on.is_not(None), func.mod(GivenAnswer.value, 1) != 0)
)
"""Assessments with an answer that is like no other: of all of a patient, an address names only a few."""

_BEHIND_A_LINK = {
    frozenset({"messages"}): "patient with messages",
    frozenset({"medication"}): "patient with deliveries",
    frozenset({"billing"}): "patient with a plan",
    frozenset({"consent"}): "patient with forms",
    frozenset({"intake"}): "patient with an intake",
    frozenset({"support"}): "support person",
}
_MOST_ADDRESSES_OF_A_RULE = 9
_MOST_THAT_FIT = 4
_MOST_THAT_DO_NOT = 3
_MOST_IDS_BESIDE_OTHERS = 4
_MOST_LINKS_OF_A_KIND = 2
_MOST_ROWS = 8
_WITH_A_LINK = frozenset({"patient", "patient with a check-in", "support person", *_BEHIND_A_LINK.values()})
_OUTSIDE = frozenset({"anonymous", "holder of a link", "invited", "newly hired"})
_ROLES = {"coordinator": Role.COORDINATOR, "physician": Role.PHYSICIAN, "admin": Role.ADMIN, "newcomer": Role.PHYSICIAN}
_STAFF = frozenset(_ROLES)
_LINK = re.compile(r'\s(?:href|action|data-url|src)="([^"]*)"')


@dataclass
class Visitor:
    """Somebody at a browser: what is theirs, and the links and invitations that they hold."""

    name: str
    client: FlaskClient
    owns: frozenset[str] = frozenset()
    tokens: tuple[str, ...] = ()


@dataclass(frozen=True)
class Answer:
    """One page as somebody got it."""

    who: str
    endpoint: str
    path: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: str
    is_html: bool

    @property
    def links(self) -> list[str]:
        return [unescape(one) for one in _LINK.findall(self.body)] if self.is_html else []

    @property
    def is_turned_away(self) -> bool:
        """Tell whether the visitor may not enter at all, whatever stands at the end of the address."""
        place = dict(self.headers).get("Location", "")
        return self.status in {401, 403} or (self.status == 303 and place.startswith("/sign-in"))

    @property
    def everything(self) -> str:
        """Return the body and the headers, without the cookies that are the visitor's own."""
        told = [f"{name}: {value}" for name, value in self.headers if name != "Set-Cookie"]
        return "\n".join([*told, self.body])


class Atlas:
    """The ids that addresses may name, from the database, with whose they are; one patient's come first."""

    def __init__(self, app: Flask, session: Session, *, first: UUID) -> None:
        self.app = app
        self.patient_of: dict[object, UUID] = {}
        wanted = {name for rule in app.url_map.iter_rules() for name in rule.arguments}
        self.ids = {name: self._ids(session, name, first) for name in sorted(wanted)}
        self.words = {
            "code": list(session.scalars(select(BillingPlan.code).order_by(BillingPlan.position.desc()))),
            "kind": [kind.value for kind in ConsentKind],
        }

    def _ids(self, session: Session, name: str, first: UUID) -> list[UUID]:
        table = TABLES.get(name, name.removesuffix("_id"))
        known = {one for one in Base.metadata.tables if one == table or one.endswith(f"_{table}")}
        found: list[UUID] = []
        for model in map(mapped, sorted(known & {table} or known)):
            if hasattr(model, "id"):
                owner = model.id if table == "patient" else getattr(model, "patient_id", model.id)
                best = [owner != first, *([model.id.not_in(_TELLING)] if model is Assessment else [])]
                rows = session.execute(select(model.id, owner).order_by(*best).limit(_MOST_ROWS)).all()
                found += [row_id for row_id, _ in rows]
                self.patient_of |= {row_id: patient_id for row_id, patient_id in rows if owner is not model.id}
        if table == "patient":
            self.patient_of |= {one: one for one in found}
        return sorted(found, key=lambda one: self.patient_of.get(one) != first)

    def addresses(self, rule: Rule, tokens: tuple[str, ...] = ()) -> Iterator[str]:
        """Give addresses of a rule: every row of the town that fits, others' rows, and one that does not exist."""
        names = sorted(rule.arguments)
        chosen = [dict(zip(names, one, strict=True)) for one in product(*(self.values(rule, n, tokens) for n in names))]
        fitting = [one for one in chosen if self._fits(one)]
        if fitting:
            others = [one for one in chosen if one not in fitting]
            chosen = [*fitting[:_MOST_THAT_FIT], *others[:_MOST_THAT_DO_NOT]]
        yield from (self.address(rule, one) for one in chosen[:_MOST_ADDRESSES_OF_A_RULE])

    def _fits(self, values: dict[str, object]) -> bool:
        """Tell whether the parts of an address are all of one patient; a part of nobody's fits with nothing."""
        owners = {self.patient_of.get(one) for one in values.values()}
        return len(values) > 1 and len(owners) == 1 and None not in owners

    def address(self, rule: Rule, values: dict[str, object]) -> str:
        return self.app.url_map.bind("localhost").build(rule.endpoint, values, method=None)

    def values(self, rule: Rule, name: str, tokens: tuple[str, ...] = ()) -> list[object]:
        converter = rule._converters[name]  # noqa: SLF001 - the only place that knows what an address may hold
        if isinstance(converter, UUIDConverter):
            return [*self.ids[name][: _MOST_ROWS if len(rule.arguments) == 1 else _MOST_IDS_BESIDE_OTHERS], MISSING]
        if isinstance(converter, AnyConverter):
            return sorted(converter.items)
        if isinstance(converter, IntegerConverter):
            return [1]
        if name == "token":
            return [*tokens, "x" * 22]
        return ["clinic.css"] if name == "filename" else [*self.words.get(name, []), "nothing"]


def rules(app: Flask, method: str) -> Iterator[Rule]:
    """Give the rules that answer a method, providers' webhooks left out: they have no pages."""
    for rule in app.url_map.iter_rules():
        policy = policy_of(app, rule.endpoint)
        if method in (rule.methods or ()) and policy and policy.audience is not Audience.SIGNED_WEBHOOK:
            yield rule


def somebody_for(app: Flask, visitors: dict[str, Visitor], endpoint: str) -> Visitor:
    """Return a visitor whom the endpoint's policy lets in."""
    policy = policy_of(app, endpoint)
    if policy and policy.audience is Audience.PATIENT_LINK:
        return visitors[_BEHIND_A_LINK.get(policy.purposes, "patient")]
    if policy and policy.audience is Audience.PATIENT_AREA:
        return visitors["patient signed in"]
    if policy and policy.audience is Audience.STAFF and policy.roles:
        return visitors[min(role.value for role in policy.roles)]
    return visitors["coordinator"]


def _is_closed(app: Flask, visitor: Visitor, rule: Rule) -> bool:
    """Tell whether the policy of an address turns this visitor away: staff of other roles, patients, other links."""
    policy = policy_of(app, rule.endpoint)
    if policy is None or "token" in rule.arguments:
        return False
    if policy.audience is Audience.STAFF:
        role = _ROLES.get(visitor.name)
        return visitor.name in _WITH_A_LINK | _OUTSIDE or (role is not None and not policy.admits({role}))
    if policy.audience is not Audience.PATIENT_LINK:
        return False
    owner = _BEHIND_A_LINK.get(policy.purposes, visitor.name)
    return visitor.name in _OUTSIDE | _STAFF or (visitor.name in _WITH_A_LINK and visitor.name != owner)


def has_turn(place: str, turn: int, share: int = SHARE) -> bool:
    """Say whether a place is among those that take the value of this number."""
    return (crc32(place.encode()) + turn) % share == 0


def ask(visitor: Visitor, path: str, *, endpoint: str = "", **more: object) -> Answer:
    """Open an address as a visitor, redirects not followed."""
    response = visitor.client.get(path, headers=SAME_SITE, **more)
    return answer_of(visitor.name, endpoint, path, response)


def answer_of(who: str, endpoint: str, path: str, response: TestResponse) -> Answer:
    body = response.get_data().decode("utf-8", "replace")
    response.close()
    headers = tuple(response.headers.items())
    return Answer(who, endpoint, path, response.status_code, headers, body, response.mimetype == "text/html")


def walk(app: Flask, atlas: Atlas, visitor: Visitor) -> Iterator[Answer]:
    """Give every page: by the map of addresses first, then by the links on the pages found."""
    kinds: Counter[tuple[str, ...]] = Counter()
    waiting: list[tuple[str, str]] = []
    seen: set[str] = set()
    for rule in rules(app, "GET"):
        if _is_closed(app, visitor, rule) and not has_turn(f"{visitor.name} {rule.endpoint}", 0, _STRANGERS):
            continue
        refused = 0
        for path in atlas.addresses(rule, visitor.tokens):
            found = ask(visitor, path, endpoint=rule.endpoint)
            seen.add(path)
            waiting += _new_links(app, found, seen, kinds)
            yield found
            refused += found.status >= 400
            if found.is_turned_away or refused >= _REFUSALS_OF_A_RULE:
                break
    for endpoint, path in waiting:
        found = ask(visitor, path, endpoint=endpoint)
        waiting += _new_links(app, found, seen, kinds)
        yield found


def _new_links(app: Flask, found: Answer, seen: set[str], kinds: Counter[tuple[str, ...]]) -> list[tuple[str, str]]:
    """Return the links of a page that are still to be opened, a few of each kind."""
    new = []
    for link in found.links if found.status < 400 else []:
        kind = kind_of(app, link)
        if kind is not None and link not in seen and kinds[kind] < _MOST_LINKS_OF_A_KIND:
            kinds[kind] += 1
            seen.add(link)
            new.append((kind[0], link))
    return new


def kind_of(app: Flask, link: str) -> tuple[str, ...] | None:
    """Return the endpoint and the names of the query of a link of this site that can be opened, else None.

    An address whose parts are all ids of rows was on the map already.
    """
    parts = urlsplit(link)
    if parts.scheme or parts.netloc or not parts.path.startswith("/"):
        return None
    try:
        endpoint, values = app.url_map.bind("localhost").match(parts.path, method="GET")
    except HTTPException:
        return None
    is_on_the_map = not parts.query and all(isinstance(one, UUID) for one in values.values())
    return None if is_on_the_map or endpoint == "frame.static" else (endpoint, *sorted(parse_qs(parts.query)))
