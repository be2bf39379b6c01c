"""Reading forms: versions, signatures and where each patient stands."""
