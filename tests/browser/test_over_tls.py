"""One run as in production: https, so that cookies are Secure and HSTS is sent."""

import ipaddress
import ssl
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from jinja2 import FileSystemBytecodeCache
from playwright.sync_api import Page, expect

from clinic.embedded import postgres
from clinic.settings import Settings
from tests.browser.conftest import Live, serving
from tests.browser.town import NOW


def certificate(folder: Path) -> ssl.SSLContext:
    """Return a server context with a certificate that signs itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=400))
        .not_valid_after(NOW + timedelta(days=4000))
        .add_extension(names, critical=False)
        .sign(key, hashes.SHA256())
    )
    file = folder / "self-signed.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(secret + signed.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


@pytest.fixture
def over_tls(
    server: postgres.Postgres, settings: Settings, compiled_templates: FileSystemBytecodeCache, tmp_path: Path
) -> Iterator[Live]:
    with serving(server, settings, compiled_templates, tls=certificate(tmp_path)) as live:
        yield live


def test_a_form_is_sent_over_tls(over_tls: Live, visit_as: Callable[..., Page]):
    page = visit_as(over_tls, ignore_https_errors=True)
    answer = page.goto(f"/v/{over_tls.town.link_of('noon')}")
    assert "strict-transport-security" in answer.headers
    for label, value in (("Month", "1"), ("Day", "22"), ("Year", "1990")):
        page.get_by_label(label, exact=True).fill(value)
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Confirm this time").click()
    expect(page.get_by_role("status")).to_contain_text("Your visit is confirmed.")
    cookies = page.context.cookies()
    assert {cookie["name"] for cookie in cookies} == {"__Host-form", "__Host-link"}
    assert all(cookie["secure"] and cookie["httpOnly"] for cookie in cookies)
