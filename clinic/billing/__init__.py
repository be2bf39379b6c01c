"""Billing: plans and prices, subscriptions, invoices, payments, credit, and the journal that proves them."""
