"""Receiving webhooks: verify, store, queue; answer only after the commit."""
