"""What the billing domain refuses, named for what went wrong."""

from clinic.kernel.errors import Conflict, Forbidden, Invalid, NotFound


class UnknownPlan(NotFound):
    """No such plan, or one that is not sold any more."""

    code = "unknown_plan"


class UnknownSubscription(NotFound):
    """No such subscription, or not one that the asking person may see."""

    code = "unknown_subscription"


class UnknownInvoice(NotFound):
    """No such invoice, or not one that the asking person may see."""

    code = "unknown_invoice"


class UnknownPayment(NotFound):
    """No such payment, or not one of this installation."""

    code = "unknown_payment"


class UnknownSetup(NotFound):
    """Nobody was asked for a card there."""

    code = "unknown_setup"


class UnknownRefund(NotFound):
    """No such refund, or not one of this installation."""

    code = "unknown_refund"


class SecondSubscription(Conflict):
    """The patient has a subscription that lives."""

    code = "second_subscription"


class WrongState(Conflict):
    """A subscription, an invoice or a payment does not go from where it is to where somebody wants it."""

    code = "wrong_state"


class PaymentUnderWay(Conflict):
    """A payment of the same invoice has not ended yet, so nothing else may be charged or changed."""

    code = "payment_under_way"


class AmountRefused(Invalid):
    """An amount is not a whole number of cents, or outside what may be asked for or given back."""

    code = "amount_refused"


class PeriodRefused(Invalid):
    """A day or a period is none of the subscription's own."""

    code = "period_refused"


class PlanRefused(Invalid):
    """What a plan would say or be cannot stand."""

    code = "plan_refused"


class UnknownDiscount(NotFound):
    """No such discount, request or change, or not one that the asking person may see."""

    code = "unknown_discount"


class PriceRefused(Invalid):
    """A price, or a change of one, cannot stand."""

    code = "price_refused"


class DiscountRefused(Invalid):
    """A discount cannot be given, or is none."""

    code = "discount_refused"


class RefundRefused(Invalid):
    """More would go back than came in, or back to where nothing came from."""

    code = "refund_refused"


class NotYourMembership(Forbidden):
    """Only the patient, the clinic's staff, or for what is medical a physician of the patient may do this."""

    code = "not_your_membership"


class NoTreatmentPlan(Conflict):
    """Nothing was planned for the patient yet, so there is nothing that a membership would be for."""

    code = "no_treatment_plan"


class NoRenewalConsent(Conflict):
    """The patient has not said a separate yes to automatic renewal."""

    code = "no_renewal_consent"


class NoCard(Conflict):
    """There is no card that could be charged."""

    code = "no_card"


class ChangeRefused(Invalid):
    """A change of plan that is none, or that cannot begin now."""

    code = "change_refused"
