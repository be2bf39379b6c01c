"""Who is called at any hour when a text sounds like danger or sending breaks down, until somebody answers."""
