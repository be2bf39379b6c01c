"""A deterministic bank behind the sandbox and the stand-in: what a card does follows from its number and the clock."""

from clinic.gateways.payments.bank.desk import Bank
from clinic.gateways.payments.bank.vault import BankRefusal

__all__ = ["Bank", "BankRefusal"]
