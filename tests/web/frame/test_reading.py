"""Forms are read strictly, keep what was typed, and say at each box what to do."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from enum import StrEnum
from typing import Annotated, ClassVar
from uuid import UUID

import pytest
from pydantic import Field, model_validator
from werkzeug.datastructures import MultiDict

from clinic.kernel.errors import Conflict, Invalid
from clinic.kernel.phone import to_e164
from clinic.web.frame.form_state import FormErrors, blank_form, filled
from clinic.web.frame.forms import (
    DateParts,
    FormModel,
    IsoDate,
    IsoInstant,
    Line,
    LocalTime,
    Many,
    NoFields,
    Note,
    Secret,
    Tick,
    WholeNumber,
    refusing,
)
from clinic.web.frame.reading import read
from tests.web.html import Browser

Web = Callable[[str | None], Browser]


class Color(StrEnum):
    RED = "red"
    BLUE = "blue"


class Everything(FormModel):
    name: Annotated[Line, Field(max_length=10)]
    note: Note | None = None
    secret: Secret | None = None
    count: WholeNumber | None = None
    on: IsoDate | None = None
    born: DateParts | None = None
    at: LocalTime | None = None
    slot: IsoInstant | None = None
    agrees: Tick
    colors: Many[Color]
    color: Color | None = None
    who: UUID | None = None
    phone: Annotated[Line, refusing(to_e164)] | None = None
    minutes: Annotated[WholeNumber, Field(ge=5, le=90)] | None = None

    words: ClassVar = {"name": "Enter a name.", "name.long": "Ten letters will do."}


def sent(*pairs: tuple[str, str], **fields: str) -> Everything | FormErrors:
    everything = MultiDict(
        [("name", "Ana"), *fields.items(), *pairs] if "name" not in fields else [*fields.items(), *pairs]
    )
    return read(Everything, everything, ignored=frozenset({"csrf_token"}))


def wanted(**fields: object) -> dict[str, object]:
    return Everything(name="Ana", **fields).model_dump()


def test_every_kind_of_box_is_read_into_its_own_type() -> None:
    form = sent(
        ("colors", "red"),
        ("colors", "blue"),
        note=" one\r\ntwo ",
        secret=" kept as it is ",
        count="30",
        on="2026-11-25",
        born_month="3",
        born_day="12",
        born_year="1984",
        at="14:30",
        slot="2026-11-25T10:30:00-05:00",
        agrees="yes",
        color="blue",
        who="6f1c1f9e-5f5e-4d4e-9d3c-3a1e1f1e1f1e",
        phone="305 555 0123",
        minutes="5",
        csrf_token="x",
    )
    assert form.model_dump() == wanted(
        note="one\ntwo",
        secret=" kept as it is ",
        count="30",
        on="2026-11-25",
        born="1984-03-12",
        at="14:30",
        slot="2026-11-25T15:30:00+00:00",
        agrees="yes",
        colors=("red", "blue"),
        color="blue",
        who="6f1c1f9e-5f5e-4d4e-9d3c-3a1e1f1e1f1e",
        phone="+13055550123",
        minutes="5",
    )
    assert (form.count, form.on, form.born, form.at) == (30, date(2026, 11, 25), date(1984, 3, 12), time(14, 30))
    assert form.slot == datetime(2026, 11, 25, 15, 30, tzinfo=UTC)


def test_empty_boxes_count_as_absent() -> None:
    form = sent(note="  ", count="", on="", born_month="", born_day="", born_year="", color="", phone="", agrees="")
    assert form.model_dump() == wanted()
    assert form.agrees is False
    assert form.colors == ()


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("count", "3.0"), ("count", "1_0"), ("count", "0x1f"), ("count", "٣"), ("count", "true"), ("count", "1e3"),
        ("count", "9999999999"), ("count", "NaN"), ("on", "1700000000"),
        ("on", "2026-02-30"), ("on", "2026-11-25T00:00"),
        ("on", "11/25/2026"), ("at", "24:00"), ("at", "9:30"), ("at", "09:30:00Z"), ("slot", "2026-11-25T10:30:00"),
        ("slot", "soon"), ("agrees", "on"), ("agrees", "1"), ("color", "green"), ("color", "RED"), ("who", "1"),
        ("phone", "911"), ("minutes", "4"), ("minutes", "91"), ("name", "Elevenlettr"), ("name", "a\nb"),
        ("name", "Ana\u202e"), ("note", "a\x00b"), ("secret", "a\x00b"), ("name", "Ana\u200b"),
    ],
)  # fmt: skip
def test_sec37_what_only_looks_like_a_value_is_refused_at_its_box(field: str, typed: str) -> None:
    form = sent(**{field: typed})
    assert isinstance(form, FormErrors)
    assert list(form.errors) == [field]
    assert form.status == 422
    if field != "secret":
        assert form.value(field) == typed


@pytest.mark.parametrize(
    ("month", "day", "year"),
    [("13", "1", "1984"), ("2", "30", "1984"), ("3", "", "1984"), ("3", "12", "84"), ("x", "1", "1")],
)
def test_a_date_in_three_boxes_must_be_a_day_that_exists(month: str, day: str, year: str) -> None:
    form = sent(born_month=month, born_day=day, born_year=year)
    assert "month, day and year" in form.errors["born"]
    assert form.value("born_month") == month


def test_sec34_names_that_the_form_does_not_have_are_refused() -> None:
    form = sent(role="admin")
    assert isinstance(form, FormErrors)
    assert form.problems == ("This page has changed since you opened it. Reload it and try again.",)
    assert "role" not in form.values


def test_sec37_a_name_that_comes_twice_is_refused_unless_it_may() -> None:
    assert sent(("count", "1"), ("count", "2")).errors == {"count": "This came twice. Reload the page and try again."}
    assert sent(("colors", "red"), ("colors", "blue")).colors == (Color.RED, Color.BLUE)


def test_sec36_text_is_stored_in_one_normal_form() -> None:
    assert sent(name="Jose\u0301  R ").name == "Jos\u00e9 R"


def test_sentences_are_the_forms_own_or_the_domains_or_general_ones() -> None:
    assert sent(name=" ").errors == {"name": "Enter a name."}
    assert sent(name="Elevenlettr").errors == {"name": "Ten letters will do."}
    assert sent(phone="12").errors["phone"].startswith("Enter a 10-digit US mobile number")
    form = sent(count="x", minutes="4")
    assert form.told[0] == ("count", "Count: Enter a whole number, like 30.")


def test_secrets_are_never_kept_for_showing() -> None:
    form = sent(name="", secret="hunter22")
    assert "hunter22" not in repr(form)


def test_a_rule_over_several_boxes_speaks_for_the_whole_form() -> None:
    class Span(FormModel):
        first: IsoDate
        last: IsoDate

        @model_validator(mode="after")
        def _in_order(self) -> "Span":
            if self.last < self.first:
                raise ValueError("The last day is before the first.")
            return self

    form = read(Span, MultiDict({"first": "2026-11-25", "last": "2026-11-24"}), ignored=frozenset())
    assert isinstance(form, FormErrors)
    assert form.problems == ("The last day is before the first.",)


def test_a_button_is_a_form_without_boxes() -> None:
    assert isinstance(read(NoFields, MultiDict({"csrf_token": "x"}), ignored=frozenset({"csrf_token"})), NoFields)
    assert isinstance(read(NoFields, MultiDict({"x": "x"}), ignored=frozenset()), FormErrors)


@pytest.mark.parametrize("loose", [int, bool, float, date, int | None, datetime])
def test_a_form_may_not_use_types_that_read_generously(loose: object) -> None:
    with pytest.raises(TypeError, match=r"Loose\.field"):
        type("Loose", (FormModel,), {"__annotations__": {"field": loose}, "__module__": __name__})


def test_a_domains_refusal_is_shown_with_what_was_typed() -> None:
    form = sent(note="hello", born_month="3", born_day="12", born_year="1984")
    at_field = form.refused(Conflict("Taken.", field="name"))
    assert (at_field.status, at_field.errors, at_field.value("note")) == (409, {"name": "Taken."}, "hello")
    assert at_field.value("born_year") == "1984"
    above = form.refused(Invalid("Not today."))
    assert (above.status, above.problems) == (422, ("Not today.",))


def test_a_form_for_editing_shows_present_values() -> None:
    form = filled(
        {"born": date(1984, 3, 12), "color": Color.RED, "agrees": True, "at": time(9, 5), "colors": [Color.BLUE]}
    )
    assert form.value("born") == "1984-03-12"
    assert form.value("born_month") == "3"
    assert form.holds("color", "red")
    assert form.holds("agrees", "yes")
    assert form.value("at") == "09:05"
    assert form.holds("colors", Color.BLUE)
    assert not blank_form(x=None).value("x")


def test_a_page_comes_back_with_its_problems_on_top_and_at_each_box(web: Web) -> None:
    page = web("dana").get("/patients/new").form("add").submit(legal_name="Ana", phone="12", secret="hunter22")
    assert page.status == 422
    assert page.title.startswith("Error: Add somebody")
    assert page.errors["phone"].startswith("Enter a 10-digit")
    assert page.errors["born"] == "Born: Fill this in."
    assert page.one("#legal_name").get("value") == "Ana"
    assert page.one("#phone").get("aria-invalid") == "true"
    assert page.one("#phone").get("aria-describedby") == "phone-error"
    assert page.one("#legal_name").get("aria-describedby") == "legal_name-hint"
    assert "hunter22" not in page.response.text


def test_sec33_what_was_typed_comes_back_as_text(web: Web) -> None:
    typed = '"><script>alert(1)</script>{{7*7}}'
    page = web("dana").get("/patients/new").form("add").submit(legal_name=typed)
    assert page.one("#legal_name").get("value") == typed
    assert len(page.select("script")) == len(web("dana").get("/patients/new").select("script"))


def test_a_good_form_ends_on_another_page_with_a_notice(web: Web) -> None:
    boxes = {"born_month": "3", "born_day": "12", "born_year": "1984"}
    page = web("dana").get("/patients/new").form("add").submit(legal_name="Ana", phone="305 555 0123", **boxes)
    assert page.path == "/today"
    assert page.toasts == ["✓ Added."]
    taken = web("dana").get("/patients/new").form("add").submit(legal_name="Taken", phone="305 555 0123", **boxes)
    assert (taken.status, taken.errors) == (409, {"legal_name": "Somebody was faster."})
