"""Whatever came to stand in the database, every page shows it as text."""

from collections import Counter

from sqlalchemy import String, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from clinic.kernel.db import Base
from tests.web.generated.canaries import mapped, sealed_of
from tests.web.generated.columns import COLUMNS
from tests.web.generated.conftest import World
from tests.web.generated.crawl import PAGES_AGAIN, Answer, ask
from tests.web.generated.planting import SHAPES
from tests.web.generated.test_form_inputs import POLYGLOT, SMUGGLED

READ_BY_THE_PRODUCT = {
    "phone.e164",
    "pharmacy.phone",
    "message.variables_sealed",
    "staff_account.totp_seed_sealed",
    "prescription.signed_content_sealed",
}
"""Values that are put together again before they are shown; strange ones cannot get in."""

_ADDRESS = "javascript:alert(1)//"
_READERS = ("patient", "coordinator", "physician", "admin")


def poison(session: Session, table: str, column: str) -> int:
    """Write the polyglot into a column of every row that takes it; return how many did."""
    model, count = mapped(table), 0
    attribute = sealed_of(model).get(column, column)
    is_text = attribute != column or isinstance(model.__table__.c[column].type, String)
    for number, row in enumerate(session.scalars(select(model)) if is_text else ()):
        nested = session.begin_nested()
        try:
            shape = SHAPES.get(f"{table}.{column}", str)
            setattr(row, attribute, _ADDRESS if column == "join_url" else shape(f"{POLYGLOT}{number}"))
            session.flush()
            nested.commit()
            count += 1
        except DBAPIError:
            # The application's role may not rewrite history, and some rules between columns forbid strange words.
            nested.rollback()
            session.expire(row)
    return count


def opened_again(world: World, answer: Answer) -> Answer:
    """Return the page of an answer as the same visitor gets it now."""
    return ask(world.visitors[answer.who], answer.path, endpoint=answer.endpoint)


def a_few_of_each(walked: list[Answer]) -> list[Answer]:
    """Return pages that were shown, a few of an address for each reader."""
    shown, seen = [], Counter[tuple[str, str]]()
    for one in walked:
        if one.who in _READERS and one.status == 200:
            seen[one.who, one.endpoint] += 1
            shown += [one] if seen[one.who, one.endpoint] <= PAGES_AGAIN else []
    return shown


def test_SEC_S33_no_page_takes_stored_words_for_markup(world: World, walked: list[Answer]):
    failing = {one.endpoint for one in walked if one.status >= 500}
    with world.undone():
        with world.session() as session:
            poisoned = {
                f"{table}.{column}": poison(session, table, column)
                for table in Base.metadata.tables
                for column in COLUMNS[table].in_words()
                if f"{table}.{column}" not in READ_BY_THE_PRODUCT
            }
            session.commit()
        answers = [opened_again(world, one) for one in a_few_of_each(walked)]
    assert sum(map(bool, poisoned.values())) > 30, "the polyglot did not get in"
    shown = [one for one in answers if "qz{{7*7}}" in one.body or "{{7*7}}" in one.body]
    assert len(shown) > 20, "the polyglot is not shown anywhere"
    wrong = [(one.who, one.path, mark) for one in answers for mark in _marks(one.body) if one.is_html]
    wrong += [
        (one.who, one.path, str(one.status)) for one in answers if one.status >= 500 and one.endpoint not in failing
    ]
    assert not wrong, "\n".join(map(str, wrong))


def _marks(body: str) -> list[str]:
    return [one for one in (f"<{SMUGGLED}", "<svg/onload", 'href="javascript:', "href='javascript:") if one in body]
