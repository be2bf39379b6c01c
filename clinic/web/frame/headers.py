"""The headers of every response, errors and static files included."""

from flask import Flask, Response, request

from clinic.web.frame.static import is_stamped, is_static

_SOURCES = (
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "font-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "object-src 'none'",
    "frame-ancestors 'none'",
    "manifest-src 'self'",
    "require-trusted-types-for 'script'",
)
CONTENT_SECURITY_POLICY = "; ".join(_SOURCES)

ALWAYS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=(), interest-cohort=()",
    "X-Robots-Tag": "noindex, nofollow",
}
HSTS = "max-age=31536000; includeSubDomains"
_ASK_EVERY_TIME = "private, no-cache"  # a calendar program may keep its feed and asks whether it changed
_A_YEAR = "public, max-age=31536000, immutable"


def install(app: Flask, *, is_https: bool) -> None:
    """Set the headers on whatever answers."""

    def protect(response: Response) -> Response:
        response.headers.update(ALWAYS)
        if is_https:
            response.headers["Strict-Transport-Security"] = HSTS
        response.headers["Cache-Control"] = _caching(response)
        return response

    app.after_request(protect)


def _caching(response: Response) -> str:
    if response.mimetype == "text/calendar" and response.get_etag()[0] is not None:
        return _ASK_EVERY_TIME
    if not is_static(request.endpoint) or response.status_code >= 400:  # noqa: PLR2004 - every refusal
        return "no-store"
    return _A_YEAR if is_stamped(request) else "no-cache"
