"""Hours, slots, holds and appointments; nothing is ever double-booked."""
