"""The waiting list for coordinators: who waits, one entry with its offers, and putting somebody on the list."""

from clinic.web.coordinator.waiting import adding, entry, listing

__all__ = ["adding", "entry", "listing"]
