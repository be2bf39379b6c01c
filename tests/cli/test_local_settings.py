import os
import re
import stat
from pathlib import Path

import click
import pytest

from clinic.cli import local_settings
from clinic.embedded import keeping
from clinic.settings import Settings


def test_secrets_are_made_once_and_kept_to_ourselves(tmp_path: Path) -> None:
    first = local_settings.kept_secrets(tmp_path)
    assert local_settings.kept_secrets(tmp_path) == first
    assert stat.S_IMODE((tmp_path / "secrets.json").stat().st_mode) == 0o600
    (tmp_path / "other").mkdir()
    assert not set(first.values()) & set(local_settings.kept_secrets(tmp_path / "other").values())


def test_the_providers_secrets_have_the_providers_form(tmp_path: Path) -> None:
    kept = local_settings.kept_secrets(tmp_path)
    assert re.fullmatch(r"AC[0-9a-f]{32}", kept["CLINIC_TWILIO_ACCOUNT_SID"])
    assert re.fullmatch(r"MG[0-9a-f]{32}", kept["CLINIC_TWILIO_MESSAGING_SERVICE_SID"])
    assert re.fullmatch(r"[0-9a-f]{32}", kept["CLINIC_TWILIO_AUTH_TOKEN"])


def test_the_local_environment_is_one_that_the_product_starts_with(tmp_path: Path) -> None:
    environment = local_settings.environment(tmp_path, port=8123)
    fields = {
        name.removeprefix("CLINIC_").lower(): value for name, value in environment.items() if name.startswith("CLINIC_")
    }
    settings = Settings(**fields, DATABASE_URL="postgresql://unused", REDIS_URL="redis://unused")
    assert settings.public_base_url == "http://localhost:8123"
    assert settings.environment == "demo"
    assert settings.hosts == ["localhost", "127.0.0.1"]


def test_the_port_of_last_time_is_taken_again(tmp_path: Path) -> None:
    first = local_settings.choose_port(tmp_path)
    assert local_settings.choose_port(tmp_path) == first
    free = keeping.free_port()
    keeping.keep(tmp_path / "web.json", {"port": str(free)})
    assert local_settings.choose_port(tmp_path) == free


def test_an_asked_port_is_known_to_the_next_start_and_is_not_the_usual_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual, asked = local_settings.choose_port(tmp_path), keeping.free_port()
    monkeypatch.setenv("PORT", str(asked))
    assert local_settings.choose_port(tmp_path) == asked
    assert local_settings.port_in_use(tmp_path) == str(asked)
    monkeypatch.delenv("PORT")
    assert local_settings.choose_port(tmp_path) == usual
    assert local_settings.port_in_use(tmp_path) == str(usual)


def test_texts_go_to_the_stand_in_only_in_a_demo(tmp_path: Path) -> None:
    assert not {name for name in os.environ if name.startswith("CLINIC_TWILIO")}
    environment = local_settings.environment(tmp_path, port=8123)
    assert local_settings.needs_stand_in(environment)
    assert not local_settings.needs_stand_in(environment | {"CLINIC_ENVIRONMENT": "production"})


def test_an_invented_account_never_reaches_the_real_provider(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLINIC_ENVIRONMENT", "test")
    environment = local_settings.environment(tmp_path, port=8123)
    assert not {name for name in environment if name.startswith("CLINIC_TWILIO")}


def test_a_port_that_is_asked_for_and_taken_is_a_clear_refusal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "1x")
    with pytest.raises(click.ClickException, match="PORT=1x is not free"):
        local_settings.choose_port(tmp_path)


def test_mail_goes_to_the_stand_in_only_in_a_demo_without_a_mail_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = local_settings.environment(tmp_path, port=8123)
    assert local_settings.needs_mail_stand_in(environment)
    assert re.fullmatch(r"[0-9a-f]{32}", environment[local_settings.MAIL_PASSWORD])
    assert not local_settings.needs_mail_stand_in(environment | {"CLINIC_ENVIRONMENT": "production"})
    monkeypatch.setenv("CLINIC_SMTP_URL", "smtp://mail.example")
    assert not local_settings.needs_mail_stand_in(environment)


def test_money_is_moved_by_the_stand_in_only_in_a_demo_without_a_gateway(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = local_settings.environment(tmp_path, port=8123)
    assert local_settings.needs_payment_stand_in(environment)
    assert not {name for name in environment if name.startswith("CLINIC_STRIPE")}
    assert not local_settings.needs_payment_stand_in(environment | {"CLINIC_ENVIRONMENT": "production"})
    monkeypatch.setenv("CLINIC_STRIPE_API_KEY", "sk_test_of_somebody")
    assert not local_settings.needs_payment_stand_in(environment)
