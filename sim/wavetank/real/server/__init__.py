"""The runnable server: registration, login, events and commands over TLS, stored in SQLite."""
