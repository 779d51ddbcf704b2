"""How long work is held: by an attempt, and by its lease."""

# The attempt's own time ends first, then the lease, then django-q's kill (settings.WORKER_TIMEOUT_S = 120):
# what a worker can still send has left it before anyone else may take over.
ATTEMPT_S = 80
LEASE_S = 110
