"""Refusals and failures as pages in the reader's layout, or as problem documents (RFC 9457) for programs."""

import logging
from dataclasses import dataclass
from http import HTTPStatus

from flask import Flask, Response, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException, ServiceUnavailable

from clinic.access.errors import Busy
from clinic.kernel.actor import ActorKind
from clinic.kernel.errors import Conflict, DomainError, Forbidden, Invalid, NotFound
from clinic.web.frame.requests import actor, request_id, wants_json
from clinic.web.frame.telling import told
from clinic.web.frame.wording import PAGE_WORDS

log = logging.getLogger(__name__)

RETRY_AFTER = 5

_STATUS: tuple[tuple[type[DomainError], HTTPStatus], ...] = (
    (NotFound, HTTPStatus.NOT_FOUND),
    (Forbidden, HTTPStatus.FORBIDDEN),
    (Conflict, HTTPStatus.CONFLICT),
    (Invalid, HTTPStatus.UNPROCESSABLE_ENTITY),
)
_SECRET_WORDS = frozenset({"password", "secret", "token", "recovery"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """One refusal or failure as it is told: status, stable code, a title, a sentence, the field it is about."""

    status: int
    code: str
    title: str
    detail: str
    field: str | None = None

    @property
    def names_request(self) -> bool:
        """Tell whether the page shows the request's id.

        A missing page never does: the answer for another's record and for none must be the same bytes.
        """
        return self.status != HTTPStatus.NOT_FOUND


def install(app: Flask) -> None:
    """Register one handler for each family of trouble."""
    app.register_error_handler(CSRFError, _stale_form)
    app.register_error_handler(DomainError, _refusal)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Busy, _busy)
    app.register_error_handler(OperationalError, _no_database)
    app.register_error_handler(PoolTimeout, _no_database)


def status_of(refusal: DomainError) -> HTTPStatus:
    """Return the HTTP status of a domain's refusal."""
    return next((status for kind, status in _STATUS if isinstance(refusal, kind)), HTTPStatus.BAD_REQUEST)


def _refusal(refusal: DomainError) -> ResponseReturnValue:
    status = status_of(refusal)
    title, general = PAGE_WORDS[status]
    detail = str(general) if status is HTTPStatus.NOT_FOUND else told(refusal)
    code = NotFound.code if status is HTTPStatus.NOT_FOUND else refusal.code
    return _answer(Trouble(status=status, code=code, title=str(title), detail=detail, field=refusal.field))


def _http(error: HTTPException) -> ResponseReturnValue:
    if error.code is None or error.code < HTTPStatus.BAD_REQUEST:
        return error
    if error.code == HTTPStatus.UNAUTHORIZED and request.blueprint == "patient" and not wants_json():
        kept = _kept_form()
        if kept:
            return _once_more("errors/closed_form.html", kept, HTTPStatus.UNAUTHORIZED)
    title, detail = PAGE_WORDS.get(error.code, PAGE_WORDS[HTTPStatus.BAD_REQUEST])
    trouble = Trouble(status=error.code, code=_code_of(error.code), title=str(title), detail=str(detail))
    return _with_headers(_answer(trouble), error)


def _no_database(error: Exception) -> ResponseReturnValue:
    log.error("database unavailable: %s", type(error).__name__)
    return _http(ServiceUnavailable())


def _busy(error: Busy) -> ResponseReturnValue:
    return _http(ServiceUnavailable(retry_after=error.retry_after))


def _stale_form(error: CSRFError) -> ResponseReturnValue:
    """Answer a form without a good token: nothing was done, and what was typed can be sent again.

    The second try is offered only when the browser says that the form came from this site, so that another site
    cannot have a person confirm what it filled in.
    """
    if wants_json():
        return _http(error)
    return _once_more("errors/stale_form.html", _kept_form(), HTTPStatus.BAD_REQUEST)


def _kept_form() -> list[tuple[str, str]]:
    """Return what was typed into a form of this site, apart from secrets; nothing of another site's."""
    is_ours = request.headers.get("Sec-Fetch-Site") == "same-origin"
    return [pair for pair in request.form.items(multi=True) if _may_be_kept(pair[0])] if is_ours else []


def _once_more(template: str, kept: list[tuple[str, str]], status: HTTPStatus) -> ResponseReturnValue:
    """Return a page that can send the form again as it was typed; it keeps nothing anywhere else."""
    here = request.full_path.rstrip("?")
    return render_template(template, layout=_layout(status), kept=kept, action=here), status


def _may_be_kept(name: str) -> bool:
    return name != "code" and _SECRET_WORDS.isdisjoint(name.split("_"))


def _answer(trouble: Trouble) -> Response:
    if wants_json():
        return _problem(trouble)
    body = render_template("errors/page.html", trouble=trouble, layout=_layout(trouble.status), request_id=request_id())
    return Response(body, trouble.status)


def _problem(trouble: Trouble) -> Response:
    body = {"type": "about:blank", "title": trouble.title, "status": trouble.status, "code": trouble.code}
    body["detail"] = trouble.detail
    if trouble.field:
        body["field"] = trouble.field
    if trouble.names_request:
        body["request_id"] = request_id()
    response = jsonify(body)
    response.status_code = trouble.status
    response.mimetype = "application/problem+json"
    return response


def _layout(status: int) -> str:
    """Return the reader's layout; after a failure the public one, which asks nothing of the database."""
    if request.blueprint == "patient":
        return "layouts/patient.html"
    is_staff = actor().kind is ActorKind.STAFF and status < HTTPStatus.INTERNAL_SERVER_ERROR
    return "layouts/staff.html" if is_staff else "layouts/public.html"


def _with_headers(response: Response, error: HTTPException) -> Response:
    if error.code in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}:
        response.headers["Retry-After"] = str(getattr(error, "retry_after", None) or RETRY_AFTER)
    allowed = getattr(error, "valid_methods", None)
    if allowed:
        response.headers["Allow"] = ", ".join(sorted(allowed))
    return response


def _code_of(status: int) -> str:
    return HTTPStatus(status).name.lower()
