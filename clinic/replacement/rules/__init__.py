"""Pure rules of re-placement: what a new place costs, the best of all assignments, why a visit has none."""
