"""A pretend Stripe in a process of its own, which speaks its wire format on loopback and has pages for people."""
