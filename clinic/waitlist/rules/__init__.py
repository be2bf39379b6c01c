"""Pure rules of the waiting list: what is wished, who comes first, until when an offer stands."""
