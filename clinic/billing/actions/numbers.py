"""Numbers of documents without a gap: the next one comes from a row that stays locked until the document is there."""

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from clinic.billing.models import DocumentCounter
from clinic.billing.rules.documents import Series


def next_number(session: Session, series: Series) -> int:
    """Return the next number of a series, from 1.

    Whoever wants one meanwhile waits for the end of this transaction; where it is rolled back, the number is free.
    """
    first = insert(DocumentCounter).values(series=series.value, next_number=2)
    wanted = first.on_conflict_do_update(
        index_elements=["series"], set_={"next_number": DocumentCounter.next_number + 1}
    )
    return session.execute(wanted.returning(DocumentCounter.next_number)).scalar_one() - 1
