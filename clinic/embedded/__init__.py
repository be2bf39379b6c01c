"""Local PostgreSQL and Valkey servers for development, the demo clinic and tests; never for production."""
