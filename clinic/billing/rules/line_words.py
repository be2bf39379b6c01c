"""What a line of an invoice says to the person who pays it, in both languages: plans and days, nothing else."""

from collections.abc import Mapping
from datetime import date, timedelta
from types import MappingProxyType
from typing import NamedTuple

from babel.dates import format_date

from clinic.billing.rules.invoices import LineKind
from clinic.billing.rules.periods import Period

_A_DAY = timedelta(days=1)
_LOCALES = MappingProxyType({"en": ("en_US", "MMM d, y"), "es": ("es_US", "d MMM y")})


class Said(NamedTuple):
    """The same in English and Spanish."""

    en: str
    es: str

    def words(self, language: str) -> str:
        """Return the words in a language, English unless it is `es`."""
        return self.es if language == "es" else self.en


_SAID: Mapping[LineKind, Said] = MappingProxyType(
    {
        LineKind.MEMBERSHIP: Said("Membership {plan}, {days}", "Membresía {plan}, {days}"),
        LineKind.UNUSED: Said("Unused days of {plan}, {days}", "Días no usados de {plan}, {days}"),
        LineKind.DISCOUNT: Said("Discount on {plan}, {days}", "Descuento en {plan}, {days}"),
        LineKind.BALANCE: Said("Settled with your balance", "Compensado con su saldo"),
    }
)


def line_words(kind: LineKind, plan: Said, service: Period) -> Said:
    """Return what a line says; the last day named is the last one that is paid for."""
    return Said(
        *(
            _SAID[kind].words(language).format(plan=plan.words(language), days=days_text(service, language))
            for language in ("en", "es")
        )
    )


def days_text(service: Period, language: str) -> str:
    """Return the days of a period with its last day, such as Nov 23, 2026 to Dec 22, 2026."""
    joined = {"en": "to", "es": "a"}[language]
    return f"{day_text(service.start_on, language)} {joined} {day_text(service.end_on - _A_DAY, language)}"


def day_text(day: date, language: str) -> str:
    """Return a day as a document shows it, such as Nov 23, 2026 or 23 nov 2026."""
    locale, pattern = _LOCALES[language]
    return format_date(day, pattern, locale=locale)
