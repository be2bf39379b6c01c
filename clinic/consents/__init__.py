"""Forms that patients sign: their versions, signatures, withdrawals, and who still has to sign what."""
