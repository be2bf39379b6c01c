"""Which part of the panel is asked for, from the address; names never are in one."""

from typing import Literal

from clinic.dashboards.panel_rules import DOWN_FIRST, PanelFilter, PanelSort, Risk
from clinic.people.rules import search_words
from clinic.treatment.rules.phases import Phase
from clinic.web.frame.forms import FormModel, Line, Tick, WholeNumber

PAGE_SIZE = 100


class PanelQuery(FormModel):
    """Filters, order and page."""

    risk: Literal["urgent", "hold", "review", "watch", "none"] | None = None
    phase: Phase | None = None
    state: Literal["FL", "NJ"] | None = None
    overdue: Tick = False
    sort: PanelSort = PanelSort.REASON
    order: Literal["up", "down"] | None = None
    page: WholeNumber = 1

    @property
    def is_down(self) -> bool:
        """Tell whether the highest comes first; unless said, as one looks for it in that column."""
        return self.sort in DOWN_FIRST if self.order is None else self.order == "down"

    @property
    def is_filtered(self) -> bool:
        """Tell whether anybody is left out."""
        return any((self.risk, self.phase, self.state, self.overdue))


class SearchForm(FormModel):
    """A part of a name, a phone or a record number."""

    q: Line = ""


def filter_of(wanted: PanelQuery, *, q: str = "") -> PanelFilter:
    """Return the filter for the rules."""
    return PanelFilter(
        risk=Risk[wanted.risk.upper()] if wanted.risk else None,
        phase=wanted.phase.value if wanted.phase else None,
        state=wanted.state,
        is_overdue=wanted.overdue,
        words=search_words(q),
    )


def address_of(wanted: PanelQuery, **changes: object) -> dict[str, str]:
    """Return the parameters of the same view's address with some changed; what is usual is left out, and the page."""
    usual = {"overdue": False, "sort": PanelSort.REASON}
    values = wanted.model_dump(exclude={"page"}) | changes
    kept = {name: value for name, value in values.items() if value is not None and value != usual.get(name)}
    return {name: "yes" if value is True else str(value) for name, value in kept.items()}
