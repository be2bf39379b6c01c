"""The waiting list: who wants an earlier or a first time, and to whom a time that comes free is offered."""
