"""Living with a database that is restarted, locked or full: what is lost by then is only time."""

import logging
from collections.abc import Callable
from typing import TypeVar

from django.db import InterfaceError, InternalError, OperationalError, close_old_connections

from integrations.sync.surroundings import Surroundings

logger = logging.getLogger(__name__)
T = TypeVar("T")

# The database's surroundings are at fault, not the portal's statements. An InternalError is a transaction that
# goes on after such a failure.
DATABASE_AWAY = (OperationalError, InterfaceError, InternalError)
_WAITS_S = (1.0, 3.0)


def patiently(do: Callable[[], T], *, surroundings: Surroundings) -> T:
    """Do something in the database; again, a little later, while it is away. Raises its error in the end."""
    for wait in _WAITS_S:
        try:
            return do()
        except DATABASE_AWAY as exc:
            logger.warning("the database does not answer: %s", type(exc).__name__)
            surroundings.sleep(wait)
            close_old_connections()
    return do()
