"""Decisions as pure functions: no Django, no HTTP, no clock."""
