"""The words of a patient's own, separate yes to automatic renewal, as they stand on the page and are kept."""

from dataclasses import dataclass
from hashlib import sha256

from flask_babel import gettext as _

from clinic.billing.rules.money import shown
from clinic.kernel.phone import for_reading
from clinic.web.patient.billing.forms import AgreeForm
from clinic.web.patient.billing.wording import NotAgreed, WordsChanged


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What somebody agrees to: the plan, its price, the sentences and what stands at the box."""

    code: str
    name: str
    cents: int
    sentences: tuple[str, ...]

    @property
    def box(self) -> str:
        """Return what stands at the box that is ticked."""
        return _(
            "I agree: %(plan)s, %(amount)s every month from my card, until I cancel.",
            plan=self.name,
            amount=shown(self.cents),
        )

    @property
    def kept(self) -> str:
        """Return the words as they are kept."""
        return "\n".join((*self.sentences, self.box))

    @property
    def mark(self) -> str:
        """Return a short mark by which a form tells which words stood on its page."""
        return sha256(self.kept.encode()).hexdigest()[:32]

    def require(self, form: AgreeForm) -> None:
        """Raise NotAgreed without a tick, WordsChanged where the form stood beside other words."""
        if not form.is_agreed:
            raise NotAgreed("The box was not ticked.")
        if form.words_mark != self.mark:
            raise WordsChanged("The words on the page are not those that count now.")


def renewal_terms(*, plan: str, cents: int, phone: str) -> tuple[str, ...]:
    """Return the sentences to agree to: amount in cents, interval, that it renews until canceled, and how to cancel.

    They are in the language of the page; `plan` is the plan's name in it, `phone` the clinic's number.
    """
    amount = shown(cents)
    return (
        _("The plan %(plan)s costs %(amount)s a month.", plan=plan, amount=amount),
        _("Nothing is charged today. The first payment is taken when a physician approves your plan."),
        _(
            "From then on %(amount)s is taken from your card every month, by itself. It goes on until you cancel.",
            amount=amount,
        ),
        _(
            "You can cancel at any time: open \u201cYour plan\u201d and press \u201cCancel my plan\u201d, or call "
            "%(phone)s. Nothing more is charged then, and you keep what you have paid for.",
            phone=for_reading(phone),
        ),
        _("If the price is to change, we tell you at least 30 days before."),
    )


def change_terms(*, plan: str, cents: int, phone: str) -> tuple[str, ...]:
    """Return the same for somebody who has a plan and takes another one."""
    amount = shown(cents)
    return (
        _("The plan %(plan)s costs %(amount)s a month.", plan=plan, amount=amount),
        _("%(amount)s is taken from your card every month, by itself. It goes on until you cancel.", amount=amount),
        *renewal_terms(plan=plan, cents=cents, phone=phone)[3:],
    )
