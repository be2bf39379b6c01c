"""Pages for people: staff, patients and visitors, in one frame."""

from collections.abc import Mapping
from types import MappingProxyType

from flask import Flask

from clinic.web import admin, coordinator, oncall, patient, physician, public
from clinic.web.clinical_check import clinical_check_of
from clinic.web.emergency_line import emergency_access
from clinic.web.frame import build
from clinic.web.frame.policy import Audience, Policy, declare, require_policies
from clinic.web.oncall.alarm import on_call_alarm
from clinic.web.plan_line import plan_line_of

_NONE: Mapping[str, str] = MappingProxyType({})


def register(
    app: Flask,
    *,
    hosts: list[str],
    proxy_count: int = 0,
    signed_webhooks: Mapping[str, str] = _NONE,
    open_feeds: Mapping[str, str] = _NONE,
) -> None:
    """Hang the frame and every page on the application, whose `extensions["clinic"]` is the Runtime.

    `hosts` are the names that requests may use, `proxy_count` the reverse proxies in front, `signed_webhooks` maps
    endpoints mounted before to the provider that signs them, `open_feeds` such endpoints to the reason why anybody with
    the address may read them. Raises UndeclaredEndpoint if any view has no policy.
    """
    build.install(app, hosts=hosts, proxy_count=proxy_count)
    for endpoint, provider in signed_webhooks.items():
        declare(app, endpoint, Policy(audience=Audience.SIGNED_WEBHOOK, reason=provider))
    for endpoint, reason in open_feeds.items():
        declare(app, endpoint, Policy(audience=Audience.PUBLIC, reason=reason))
    for pages in (public, patient, coordinator, physician, admin, oncall):
        app.register_blueprint(pages.blueprint)
    app.jinja_env.globals["plan_line_of"] = plan_line_of
    app.jinja_env.globals["clinical_check_of"] = clinical_check_of
    app.jinja_env.globals["on_call_alarm"] = on_call_alarm
    app.jinja_env.globals["emergency_access"] = emergency_access
    require_policies(app)
