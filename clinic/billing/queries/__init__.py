"""Reads of subscriptions, invoices, payments, plans, prices, discounts, and the reports of the books."""
