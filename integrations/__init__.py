"""Quoter to HaloPSA: receive, decide, write, prove."""
