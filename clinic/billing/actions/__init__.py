"""What people and jobs do to subscriptions, invoices, payments, plans, prices and discounts."""
