"""The fixed words of the printed invoice, in both languages."""

from collections.abc import Mapping
from types import MappingProxyType

from clinic.billing.rules.documents import CreditKind, InvoiceState
from clinic.billing.rules.line_words import Said

WORDS: Mapping[str, Said] = MappingProxyType(
    {
        "title": Said("Invoice", "Factura"),
        "from": Said("From", "De"),
        "to": Said("Billed to", "A nombre de"),
        "issued": Said("Date", "Fecha"),
        "due": Said("Due", "Vence"),
        "paid_on": Said("Paid", "Pagada"),
        "days": Said("Service days", "Días de servicio"),
        "state": Said("Status", "Estado"),
        "what": Said("What it is for", "Concepto"),
        "item": Said("Item", "Detalle"),
        "amount": Said("Amount", "Importe"),
        "subtotal": Said("Before discounts", "Antes de descuentos"),
        "discount": Said("Discount", "Descuento"),
        "balance": Said("Your balance", "Su saldo"),
        "tax": Said("Tax", "Impuesto"),
        "total": Said("Total", "Total"),
        "open": Said("Still open", "Pendiente de pago"),
        "payments": Said("Payments", "Pagos"),
        "credits": Said("Credits and refunds", "Créditos y reembolsos"),
        "card": Said("{brand} card ending in {last4}, {on}", "Tarjeta {brand} terminada en {last4}, {on}"),
        "credit": Said("{number}, {on}: {kind}. {reason}", "{number}, {on}: {kind}. {reason}"),
        "printed": Said("Printed on {on}", "Impresa el {on}"),
        "page": Said("Page", "Página"),
        "statement": Said(
            "Your card statement shows CLINIC CARE.", "En el estado de cuenta de su tarjeta aparece CLINIC CARE."
        ),
        "kept": Said(
            "This invoice is for clinical services. You can use it for a health savings or spending account.",
            "Esta factura es por servicios clínicos. Puede usarla para una cuenta de gastos médicos (HSA o FSA).",
        ),
    }
)
STATES: Mapping[InvoiceState, Said] = MappingProxyType(
    {
        InvoiceState.DRAFT: Said("Draft", "Borrador"),
        InvoiceState.OPEN: Said("Open", "Pendiente"),
        InvoiceState.PAID: Said("Paid", "Pagada"),
        InvoiceState.VOID: Said("Void: nothing is owed", "Anulada: no se debe nada"),
        InvoiceState.UNCOLLECTIBLE: Said("Closed", "Cerrada"),
    }
)
CREDITS: Mapping[CreditKind, Said] = MappingProxyType(
    {
        CreditKind.CREDIT: Said("put on your balance", "abonado a su saldo"),
        CreditKind.REFUND: Said("refunded to your card", "reembolsado a su tarjeta"),
        CreditKind.OFFSET: Said("taken off this invoice", "descontado de esta factura"),
    }
)
