"""A modem and callers made of software; shares no code with the rooms it tests."""
