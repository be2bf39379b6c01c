"""Tables of the billing domain: what is sold, subscriptions, documents, money that moves, and the journal."""

from clinic.billing.models.discounts import Discount, DiscountRedemption, HardshipRequest
from clinic.billing.models.invoices import CreditNote, CreditNoteLine, DocumentCounter, Invoice, InvoiceLine
from clinic.billing.models.journal import JournalEntry, Posting
from clinic.billing.models.payments import CardSetup, GatewayCustomer, Payment, PaymentEvent, PaymentMethod, Refund
from clinic.billing.models.plans import BillingPlan, PlanEntitlement, PlanPrice, PriceChange, PriceNotice
from clinic.billing.models.subscriptions import (
    RenewalConsent,
    Subscription,
    SubscriptionAnchor,
    SubscriptionEvent,
)

__all__ = [
    "BillingPlan",
    "CardSetup",
    "CreditNote",
    "CreditNoteLine",
    "Discount",
    "DiscountRedemption",
    "DocumentCounter",
    "GatewayCustomer",
    "HardshipRequest",
    "Invoice",
    "InvoiceLine",
    "JournalEntry",
    "Payment",
    "PaymentEvent",
    "PaymentMethod",
    "PlanEntitlement",
    "PlanPrice",
    "Posting",
    "PriceChange",
    "PriceNotice",
    "Refund",
    "RenewalConsent",
    "Subscription",
    "SubscriptionAnchor",
    "SubscriptionEvent",
]
