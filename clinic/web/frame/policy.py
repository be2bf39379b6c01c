"""Who may use each endpoint, declared beside its view; the application does not start while one is undeclared."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import Flask

from clinic.kernel.actor import Role

View = TypeVar("View", bound=Callable[..., Any])

_MARK = "__clinic_policy__"
_DECLARED = "clinic_policies"


class Audience(StrEnum):
    """Whom an endpoint is for."""

    PUBLIC = "public"
    HALF_SIGNED_IN = "half_signed_in"
    STAFF = "staff"
    PATIENT_LINK = "patient_link"
    PATIENT_AREA = "patient_area"
    SIGNED_WEBHOOK = "signed_webhook"


class UndeclaredEndpoint(Exception):
    """A view has no policy, so the application does not start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The rule of one endpoint.

    `reason` says why a public endpoint may be open, or which provider signs. `audit` names the journal action
    that the view notes. `is_polling` endpoints check that a session is alive and never lengthen it. `knows_staff`
    lets a public page see who is signed in, `knows_link` which patient has opened a link, `knows_area` which one has
    signed in. `body` is a media type that is taken besides a form.
    """

    audience: Audience
    roles: frozenset[Role] = frozenset()
    purposes: frozenset[str] = frozenset()
    needs_fresh_mfa: bool = False
    is_polling: bool = False
    knows_staff: bool = False
    knows_link: bool = False
    knows_area: bool = False
    audit: str | None = None
    reason: str | None = None
    body: str | None = None

    def admits(self, roles: frozenset[Role]) -> bool:
        """Tell whether somebody with these roles may use the endpoint; no role named means any of the staff."""
        return bool(roles) and (not self.roles or not self.roles.isdisjoint(roles))


def declared(policy: Policy) -> Callable[[View], View]:
    """Attach a policy to a view; stands below the route decorator."""

    def mark(view: View) -> View:
        setattr(view, _MARK, policy)
        return view

    return mark


def public(
    reason: str, *, knows_staff: bool = False, knows_link: bool = False, knows_area: bool = False
) -> Callable[[View], View]:
    """Let anybody in, with the reason why that is right."""
    return declared(
        Policy(
            audience=Audience.PUBLIC,
            reason=reason,
            knows_staff=knows_staff,
            knows_link=knows_link,
            knows_area=knows_area,
        )
    )


def half_signed_in() -> Callable[[View], View]:
    """Let in staff who gave the password and not yet the second factor."""
    return declared(Policy(audience=Audience.HALF_SIGNED_IN))


def staff(
    *roles: Role,
    fresh_mfa: bool = False,
    polling: bool = False,
    audit: str | None = None,
    body: str | None = None,
) -> Callable[[View], View]:
    """Let in signed-in staff who hold one of these roles (none named = any role)."""
    return declared(
        Policy(
            audience=Audience.STAFF,
            roles=frozenset(roles),
            needs_fresh_mfa=fresh_mfa,
            is_polling=polling,
            audit=audit,
            body=body,
        )
    )


def patient_link(*purposes: str, polling: bool = False, audit: str | None = None) -> Callable[[View], View]:
    """Let in the patient whose link was opened with the birth date, for these purposes (none named = any).

    A patient who signed in by a code is let in, too: that proves more, and reaches every purpose but those of others.
    """
    return declared(
        Policy(audience=Audience.PATIENT_LINK, purposes=frozenset(purposes), is_polling=polling, audit=audit)
    )


def patient_area(*, audit: str | None = None) -> Callable[[View], View]:
    """Let in the patient who signed in by a code; everybody else is asked for a number first."""
    return declared(Policy(audience=Audience.PATIENT_AREA, audit=audit))


def signed_webhook(provider: str) -> Callable[[View], View]:
    """Let in a provider's request, whose signature the view itself checks; forms' tokens do not apply."""
    return declared(Policy(audience=Audience.SIGNED_WEBHOOK, reason=provider))


def declare(app: Flask, endpoint: str, policy: Policy) -> None:
    """Give a policy to an endpoint whose package may not import this one (webhooks, feeds, static files)."""
    app.extensions.setdefault(_DECLARED, {})[endpoint] = policy


def policy_of(app: Flask, endpoint: str | None) -> Policy | None:
    """Return the policy of an endpoint, or None when it has none or does not exist."""
    if endpoint is None:
        return None
    central: dict[str, Policy] = app.extensions.get(_DECLARED, {})
    found: Policy | None = central.get(endpoint) or getattr(app.view_functions.get(endpoint), _MARK, None)
    return found


def require_policies(app: Flask) -> None:
    """Raise UndeclaredEndpoint naming every endpoint of the map that has no policy."""
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules()}
    bare = sorted(endpoint for endpoint in endpoints if policy_of(app, endpoint) is None)
    if bare:
        raise UndeclaredEndpoint(f"no policy is declared for: {', '.join(bare)}")


def safe_next(text: str | None, *, default: str = "/") -> str:
    """Return a path of this site to go on to, or `default`; anything that could lead elsewhere is refused.

    OWASP Unvalidated Redirects: backslashes, control characters, schemes, hosts and double slashes are all ways out.
    """
    if not text or not text.startswith("/") or text.startswith("//"):
        return default
    if "\\" in text or any(symbol.isspace() or not symbol.isprintable() for symbol in text):
        return default
    parts = urlsplit(text)
    if parts.scheme or parts.netloc or parts.path.startswith("//"):
        return default
    return text
