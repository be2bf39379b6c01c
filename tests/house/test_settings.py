"""What may be set, and what a process refuses to start with."""

import pytest

from clinic.settings import Misconfigured, as_table, load
from tests.conftest import ROOT

GOOD = {
    "DATABASE_URL": "postgresql://app:pw@db/clinic",
    "REDIS_URL": "redis://redis/0",
    "CLINIC_PUBLIC_BASE_URL": "https://clinic.example",
    "CLINIC_CLINIC_PHONE": "+13052345678",
    "CLINIC_SECRET_KEY": "kJ8fQ2mZx7vB4nR1tY6wL9pD3sG5hC0aEuIo",
    "CLINIC_ENCRYPTION_KEYS": "k1:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
    "CLINIC_LINK_KEYS": "k1:ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA=",
}
TWILIO = {
    "CLINIC_TWILIO_ACCOUNT_SID": "AC" + "1" * 32,
    "CLINIC_TWILIO_AUTH_TOKEN": "0123456789abcdef",
    "CLINIC_TWILIO_MESSAGING_SERVICE_SID": "MG" + "1" * 32,
}
STRIPE = {
    "CLINIC_STRIPE_API_KEY": "rk_live_invented",
    "CLINIC_STRIPE_WEBHOOK_SECRETS": "whsec_old_one_1234, whsec_new_one_1234",
}
FAULTS = [
    ({"DATABASE_URL": None}, "DATABASE_URL"),
    ({"DATABASE_URL": "mysql://x"}, "DATABASE_URL"),
    ({"REDIS_URL": None}, "REDIS_URL"),
    ({"CLINIC_PUBLIC_BASE_URL": None}, "CLINIC_PUBLIC_BASE_URL"),
    ({"CLINIC_PUBLIC_BASE_URL": "http://clinic.example"}, "CLINIC_PUBLIC_BASE_URL"),
    ({"CLINIC_PUBLIC_BASE_URL": "https://clinic.example/path"}, "CLINIC_PUBLIC_BASE_URL"),
    ({"CLINIC_SECRET_KEY": None}, "CLINIC_SECRET_KEY"),
    ({"CLINIC_SECRET_KEY": "short"}, "CLINIC_SECRET_KEY"),
    ({"CLINIC_SECRET_KEY": "ab" * 20}, "CLINIC_SECRET_KEY"),
    ({"CLINIC_ENCRYPTION_KEYS": None}, "CLINIC_ENCRYPTION_KEYS"),
    ({"CLINIC_ENCRYPTION_KEYS": "k1:c2hvcnQ="}, "CLINIC_ENCRYPTION_KEYS"),
    ({"CLINIC_ENCRYPTION_KEYS": "no-colon"}, "CLINIC_ENCRYPTION_KEYS"),
    ({"CLINIC_LINK_KEYS": GOOD["CLINIC_ENCRYPTION_KEYS"]}, "CLINIC_LINK_KEYS"),
    ({"CLINIC_DEMO_SKIP_SECOND_FACTOR": "true"}, "CLINIC_DEMO_SKIP_SECOND_FACTOR"),
    (TWILIO | {"CLINIC_TWILIO_BASE_URL": "http://127.0.0.1:9"}, "CLINIC_TWILIO_BASE_URL"),
    ({"CLINIC_TWILIO_ACCOUNT_SID": TWILIO["CLINIC_TWILIO_ACCOUNT_SID"]}, "CLINIC_TWILIO_ACCOUNT_SID"),
    ({"CLINIC_CLINIC_PHONE": "+13055550100"}, "CLINIC_CLINIC_PHONE"),
    ({"CLINIC_ENVIRONMENT": "prod"}, "CLINIC_ENVIRONMENT"),
    ({"CLINIC_PROXY_COUNT": "-1"}, "CLINIC_PROXY_COUNT"),
    ({"CLINIC_SENDING_LEASE_SECONDS": "0"}, "CLINIC_SENDING_LEASE_SECONDS"),
    ({"CLINIC_SMTP_URL": "http://mail.example"}, "CLINIC_SMTP_URL"),
    ({"CLINIC_SMTP_URL": "smtp://only-a-user@mail.example"}, "CLINIC_SMTP_URL"),
    ({"CLINIC_SMTP_URL": "smtp://me:mysecretword@mail.example"}, "CLINIC_EMAIL_FROM"),
    ({"CLINIC_EMAIL_FROM": "Clinic <care@clinic.example>"}, "CLINIC_EMAIL_FROM"),
    ({"CLINIC_CLINIC_EMAIL": "care@clinic.example\nBcc: all@clinic.example"}, "CLINIC_CLINIC_EMAIL"),
    ({"CLINIC_MAIL_STAND_IN_URL": "http://127.0.0.1:9"}, "CLINIC_MAIL_STAND_IN_URL"),
    ({"CLINIC_STRIPE_API_KEY": "rk_live_invented"}, "CLINIC_STRIPE_WEBHOOK_SECRETS"),
    (STRIPE | {"CLINIC_STRIPE_WEBHOOK_SECRETS": "whsec_short"}, "CLINIC_STRIPE_WEBHOOK_SECRETS"),
    (STRIPE | {"CLINIC_STRIPE_BASE_URL": "http://127.0.0.1:9"}, "CLINIC_STRIPE_BASE_URL"),
    (STRIPE | {"CLINIC_STRIPE_API_KEY": "sk_test_invented"}, "CLINIC_STRIPE_API_KEY"),
]


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch):
    def put(changes: dict[str, str | None]) -> None:
        for name, value in (GOOD | changes).items():
            if value is None:
                monkeypatch.delenv(name, raising=False)
            else:
                monkeypatch.setenv(name, value)

    return put


def test_good_settings_are_read(environment):
    environment(TWILIO)
    settings = load()
    assert settings.is_production
    assert settings.hosts == ["clinic.example"]
    assert settings.database_url.startswith("postgresql+psycopg://")


def test_e_mail_comes_from_the_clinics_address_unless_another_is_set(environment):
    server = {"CLINIC_SMTP_URL": "smtps://me:a-secret-word@mail.example", "CLINIC_CLINIC_EMAIL": "care@clinic.example"}
    environment(server)
    assert load().sender == "care@clinic.example"
    assert "a-secret-word" not in repr(load())
    environment(server | {"CLINIC_EMAIL_FROM": "visits@clinic.example"})
    assert load().sender == "visits@clinic.example"


@pytest.mark.parametrize(("changes", "name"), FAULTS)
def test_SEC_S23_one_wrong_setting_is_named_and_its_value_is_not_shown(environment, changes, name):
    environment(changes)
    with pytest.raises(Misconfigured) as refused:
        load()
    said = str(refused.value)
    assert name in said
    assert "\n" not in said
    shown = [value for value in changes.values() if value and len(value) > 8 and value in said]
    assert shown == []


def test_the_page_of_settings_says_what_the_code_says():
    assert (ROOT / "docs" / "settings.md").read_text() == as_table()
