"""Telling people outside the portal: from the outbox's rows to e-mail and webhooks."""
