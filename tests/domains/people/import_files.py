"""Files of invented patients for tests: a good row, and lines with cells changed."""

import csv
import io
from typing import Any

GOOD = {
    "external_key": "A-1",
    "legal_first_name": "Daniela",
    "legal_last_name": "Reyes",
    "preferred_name": "Dana",
    "birth_date": "1984-03-12",
    "phone": "305 555 0123",
    "email": "dana@example.org",
    "address_line": "12 Palm Way",
    "city": "Miami",
    "state": "FL",
    "postal_code": "33101",
    "county": "Miami-Dade",
    "language": "en",
    "texts_consent": "",
    "consent_source": "",
    "consent_date": "",
    "consent_wording": "",
}
AGREES = {
    "texts_consent": "yes",
    "consent_source": "in person",
    "consent_date": "2026-10-02",
    "consent_wording": "sms-2026-11-en",
}
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def csv_of(*rows: dict[str, Any], columns: tuple[str, ...] = tuple(GOOD)) -> bytes:
    """Return a file with these rows."""
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def person(number: int, **changes: Any) -> dict[str, Any]:
    """Return one of many people who differ in key, name, phone and birth date."""
    word = "".join(LETTERS[int(digit)] for digit in str(number))
    own = {
        "external_key": f"K{number}",
        "legal_last_name": f"Invented {word}",
        "birth_date": f"{1950 + number % 50}-{1 + number % 12:02}-{1 + number % 28:02}",
        "phone": f"+1{201 + number // 100}55501{number % 100:02}",
        "email": "",
    }
    return GOOD | own | changes
