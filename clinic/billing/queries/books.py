"""The books: whether the journal agrees with the documents, and what a month's close shows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from clinic.billing.queries.reports import Revenue, revenue
from clinic.billing.rules.documents import Series
from clinic.billing.rules.journal import Account
from clinic.billing.rules.months import Month

MOST_SHOWN = 20
"""So many of each kind of difference are named; one is too many already."""

_ACCOUNTS = text("select account, sum(amount_cents) from posting group by account")
_UNBALANCED = text(f"""
    select e.patient_id, p.cents, 0
    from (select entry_id, sum(amount_cents) as cents from posting group by entry_id having sum(amount_cents) <> 0) p
    join journal_entry e on e.id = p.entry_id limit {MOST_SHOWN}
""")  # noqa: S608 - put together from constants
_OFFS = "select invoice_id, sum(total_cents) as off from credit_note where kind = 'offset' group by invoice_id"
_OPEN = f"""
    select i.patient_id, sum(i.total_cents - coalesce(n.off, 0)) as cents
    from invoice i left join ({_OFFS}) n on n.invoice_id = i.id where i.state = 'open' group by i.patient_id
"""  # noqa: S608 - put together from constants
# What came onto a balance: credits, refunds that failed, and payments beyond what their invoice asked for.
_KEPT = f"""
    select patient_id, sum(cents) as cents from (
      select patient_id, total_cents as cents from credit_note where kind = 'credit'
      union all
      select patient_id, -balance_cents from invoice where state not in ('draft', 'void') and balance_cents <> 0
      union all
      select n.patient_id, r.amount_cents from refund r join credit_note n on n.id = r.credit_note_id
      where r.state = 'failed'
      union all
      select i.patient_id, p.amount_cents - case i.state when 'paid' then i.total_cents - coalesce(n.off, 0) else 0 end
      from payment p join invoice i on i.id = p.invoice_id left join ({_OFFS}) n on n.invoice_id = i.id
      where p.state = 'succeeded'
    ) moves group by patient_id
"""  # noqa: S608 - put together from constants


def _against(account: str, documents: str) -> str:
    """Return the patients of whom an account (times its sign) and the documents say something different."""
    return f"""
        select coalesce(j.patient_id, d.patient_id), coalesce(j.cents, 0), coalesce(d.cents, 0)
        from (select patient_id, sum(amount_cents) as cents from posting where account = '{account}'
              group by patient_id) j
        full join ({documents}) d on d.patient_id = j.patient_id
        where coalesce(j.cents, 0) <> {"-" if account == "patient_credit" else ""}coalesce(d.cents, 0)
        limit {MOST_SHOWN}
    """  # noqa: S608 - put together from constants


_PAID_SHORT = text(f"""
    select i.patient_id, coalesce(p.cents, 0), i.total_cents - coalesce(n.off, 0)
    from invoice i left join ({_OFFS}) n on n.invoice_id = i.id
    left join (select invoice_id, sum(amount_cents) as cents from payment where state = 'succeeded' group by 1) p
      on p.invoice_id = i.id
    where i.state = 'paid' and coalesce(p.cents, 0) < i.total_cents - coalesce(n.off, 0) limit {MOST_SHOWN}
""")  # noqa: S608 - put together from constants
_CASH = text("""
    select (select coalesce(sum(amount_cents), 0) from posting where account = 'cash') as journal,
      (select coalesce(sum(amount_cents), 0) from payment where state = 'succeeded')
      - (select coalesce(sum(amount_cents), 0) from refund where state = 'succeeded') as documents
""")
_NUMBERS = text("""
    select series, next_number - 1, case series when 'invoice' then (select count(number) from invoice)
      else (select count(*) from credit_note) end
    from document_counter order by series
""")
_SETTLED = text("""
    select e.source_kind, e.memo, sum(p.amount_cents) from posting p join journal_entry e on e.id = p.entry_id
    where p.account = 'receivable' and e.entered_on >= :first and e.entered_on < :end group by 1, 2
""")
_MOVES = text("""
    select p.account, coalesce(sum(p.amount_cents) filter (where e.entered_on < :first), 0),
      coalesce(sum(p.amount_cents) filter (where e.entered_on >= :first and p.amount_cents > 0), 0),
      -coalesce(sum(p.amount_cents) filter (where e.entered_on >= :first and p.amount_cents < 0), 0)
    from posting p join journal_entry e on e.id = p.entry_id where e.entered_on < :end group by p.account
""")
_DOCUMENTS = text("""
    select 'invoice', min(i.number), max(i.number), count(*) from journal_entry e join invoice i on i.id = e.source_id
    where e.source_kind = 'invoice' and e.memo = 'issued' and e.entered_on >= :first and e.entered_on < :end
    union all
    select 'credit_note', min(number), max(number), count(*) from credit_note
    where issued_on >= :first and issued_on < :end
""")


class FaultKind(StrEnum):
    """In what journal and documents can differ."""

    ENTRY_NOT_ZERO = "entry_not_zero"
    RECEIVABLE = "receivable"
    BALANCE = "balance"
    PAID_SHORT = "paid_short"
    CASH = "cash"
    NUMBERS = "numbers"


_BY_PATIENT = {
    FaultKind.ENTRY_NOT_ZERO: _UNBALANCED,
    FaultKind.RECEIVABLE: text(_against("receivable", _OPEN)),
    FaultKind.BALANCE: text(_against("patient_credit", _KEPT)),
    FaultKind.PAID_SHORT: _PAID_SHORT,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A difference: what the journal says and what the documents say, in cents (numbers of a series: in documents)."""

    kind: FaultKind
    patient_id: UUID | None
    journal: int
    documents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalCheck:
    """What every account holds in signed cents, and every difference that was found."""

    accounts: Mapping[Account, int]
    faults: tuple[Fault, ...]

    @property
    def is_sound(self) -> bool:
        """Tell whether everything comes to nothing and agrees."""
        return not self.faults and not sum(self.accounts.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountMonth:
    """One account in a month: signed cents before and after, debits and credits above nothing in between."""

    account: Account
    opening: int
    debit: int
    credit: int

    @property
    def closing(self) -> int:
        """Return what the month left."""
        return self.opening + self.debit - self.credit


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What patients owed before a month, and what became of it: opening + invoiced = all the others together."""

    opening: int
    invoiced: int
    paid: int
    let_off: int
    written_off: int
    voided: int
    closing: int

    @property
    def is_whole(self) -> bool:
        """Tell whether nothing is missing."""
        left = self.paid + self.let_off + self.written_off + self.voided + self.closing
        return self.opening + self.invoiced == left


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbered:
    """The documents of a series in a month: the first and the last number, and how many."""

    series: Series
    first: int | None
    last: int | None
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthEnd:
    """What is shown when a month is closed."""

    month: Month
    revenue: Revenue
    accounts: tuple[AccountMonth, ...]
    settled: Settled
    documents: tuple[Numbered, ...]
    check: JournalCheck


def journal_check(session: Session) -> JournalCheck:
    """Compare the whole journal with the invoices, credit notes, payments and refunds that it comes from."""
    found = session.execute(_ACCOUNTS)
    accounts = {Account(account): int(cents) for account, cents in found}
    faults = [
        Fault(kind=kind, patient_id=patient_id, journal=int(entered), documents=int(told))
        for kind, wanted in _BY_PATIENT.items()
        for patient_id, entered, told in session.execute(wanted)
    ]
    entered, told = session.execute(_CASH).one()
    if entered != told:
        faults.append(Fault(kind=FaultKind.CASH, patient_id=None, journal=int(entered), documents=int(told)))
    for _, last, count in session.execute(_NUMBERS):
        if last != count:
            faults.append(Fault(kind=FaultKind.NUMBERS, patient_id=None, journal=last, documents=count))
    return JournalCheck(accounts=accounts, faults=tuple(faults))


def month_end(session: Session, *, month: Month) -> MonthEnd:
    """Return the close of a month: income, every account, what became of what was owed, numbers, and the check."""
    edges = {"first": month.first_on, "end": month.end_on}
    moves = {
        Account(account): AccountMonth(account=Account(account), opening=int(was), debit=int(debit), credit=int(credit))
        for account, was, debit, credit in session.execute(_MOVES, edges)
    }
    empty = (AccountMonth(account=account, opening=0, debit=0, credit=0) for account in Account)
    accounts = tuple(moves.get(each.account, each) for each in empty)
    return MonthEnd(
        month=month,
        revenue=revenue(session, month=month),
        accounts=accounts,
        settled=_settled(session, accounts, edges),
        documents=tuple(
            Numbered(series=Series(series), first=first, last=last, count=count)
            for series, first, last, count in session.execute(_DOCUMENTS, edges)
        ),
        check=journal_check(session),
    )


def _settled(session: Session, accounts: tuple[AccountMonth, ...], edges: Mapping[str, date]) -> Settled:
    owed = next(each for each in accounts if each.account is Account.RECEIVABLE)
    by = {(kind, memo): int(cents) for kind, memo, cents in session.execute(_SETTLED, dict(edges))}
    return Settled(
        opening=owed.opening,
        invoiced=by.get(("invoice", "issued"), 0),
        paid=-by.get(("payment", "succeeded"), 0),
        let_off=-by.get(("credit_note", "offset"), 0),
        written_off=-by.get(("invoice", "uncollectible"), 0),
        voided=-by.get(("invoice", "void"), 0),
        closing=owed.closing,
    )
