"""Pure rules of treatment plans: phases, protocols, planning."""
