"""The only door to disk: one SQLite file, one spool folder, one run folder in RAM."""
