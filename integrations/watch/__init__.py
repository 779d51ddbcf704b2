"""How the portal itself is doing, from its own rows: for probes, for metrics, for the home page."""
