"""Checks that need neither database nor network: Python, settings, texting, disk."""

import platform
import shutil
import sys
import tempfile
from collections.abc import Iterator

from clinic.cli.checks.finding import Finding, Level, fine, judge
from clinic.monitoring.errors import BrokenInstrument
from clinic.monitoring.rules.registry import require_whole, shipped
from clinic.settings import Misconfigured, OptOutReplies, Settings, load

_OLDEST_PYTHON = (3, 11)
_LONGEST_BASE = 30
_ENOUGH_FREE_BYTES = 500_000_000


def check_python() -> Finding:
    """Tell whether this Python is new enough."""
    remedy = "Install Python 3.11 or newer and make the environment again."
    return judge("python", platform.python_version(), is_well=sys.version_info >= _OLDEST_PYTHON, remedy=remedy)


def check_settings() -> tuple[Finding, Settings | None]:
    """Tell whether the environment describes a clinic, and return what it describes."""
    try:
        settings = load()
    except Misconfigured as refusal:
        return Finding(Level.FAIL, "settings", str(refusal), "Set it as docs/settings.md says."), None
    return fine("settings", f"complete, for {settings.environment.value}"), settings


def check_texting(settings: Settings) -> Iterator[Finding]:
    """Tell whether texts can leave, and who answers STOP and HELP."""
    yield judge(
        "texting",
        "a provider is configured" if settings.twilio_account_sid else "no provider is configured",
        is_well=settings.twilio_account_sid is not None,
        remedy="Set CLINIC_TWILIO_ACCOUNT_SID, _AUTH_TOKEN and _MESSAGING_SERVICE_SID; until then texts wait.",
        otherwise=Level.FAIL if settings.is_production else Level.WARN,
    )
    if settings.sms_opt_out_replies is OptOutReplies.PROVIDER and settings.is_production:
        said = "the provider answers STOP and HELP"
        yield Finding(
            Level.WARN, "texting", said, "See that its HELP text names 911 and 988; this cannot be read here."
        )


def check_links(settings: Settings) -> Finding:
    """Tell whether links leave room for the words of a text."""
    length = len(settings.public_base_url)
    remedy = "Use a shorter host name in CLINIC_PUBLIC_BASE_URL: long links make a text cost two."
    return judge(
        "links",
        f"the address in texts has {length} characters",
        is_well=length <= _LONGEST_BASE,
        remedy=remedy,
        otherwise=Level.WARN,
    )


def check_instruments() -> Finding:
    """Tell whether every definition of an instrument can be used."""
    try:
        require_whole()
    except BrokenInstrument as fault:
        return Finding(Level.FAIL, "instruments", str(fault), "Install this release again; its files were changed.")
    return fine("instruments", f"{len(shipped())} definitions can be used")


def check_disk() -> Finding:
    """Tell whether temporary files can be written and there is room left."""
    try:
        with tempfile.TemporaryFile() as file:
            file.write(b"x" * 4096)
            file.flush()
    except OSError as error:
        return Finding(
            Level.FAIL, "disk", f"{tempfile.gettempdir()}: {error.strerror}", "Free some space, or set TMPDIR."
        )
    free = shutil.disk_usage(tempfile.gettempdir()).free
    said = f"{free // 1_000_000:,} MB free in {tempfile.gettempdir()}"
    return judge("disk", said, is_well=free > _ENOUGH_FREE_BYTES, remedy="Free some space.", otherwise=Level.WARN)
