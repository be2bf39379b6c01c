"""The invariants of a simulation, by subject."""
