"""Where somebody lives, apart from everything else that a record says."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAddress:
    """An address as typed; `zone` None means "as the county says"."""

    address_line: str
    city: str
    state: str
    postal_code: str
    county_fips: str
    zone: str | None = None
