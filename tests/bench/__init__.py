"""Measurements, run by `bin/bench NAME`; not part of the test suite."""
