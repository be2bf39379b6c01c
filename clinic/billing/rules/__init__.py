"""Pure rules of billing: cents, periods, shares of them, states, attempts to collect, and what is never withheld."""
