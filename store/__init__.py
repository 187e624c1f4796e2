"""What is remembered: the ledger over TinyDB, kept in one SQLite file."""
