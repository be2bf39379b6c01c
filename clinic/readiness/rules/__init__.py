"""Pure rules of readiness: the gates, when each is asked, and what everybody reads of them."""
