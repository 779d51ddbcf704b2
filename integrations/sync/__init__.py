"""From a stored delivery to a verified Halo quote: claim, parse, observe, plan, apply, verify."""
