"""Ground floor: time, identity, persistence types, errors and secrets, known to every other floor."""
