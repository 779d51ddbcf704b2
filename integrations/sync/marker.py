"""Looking for what an earlier write may have left, before it is written."""

from collections.abc import Callable

from integrations.errors import PortalError


def stands_already(look: Callable[[], bool], *, tried: bool) -> bool:
    """Say whether a note or file is there; asked each time, for after a restore Halo knows more than the portal.

    `tried`: the portal's own records say that the write was begun. Then a look that is refused stops the work;
    else it does not, for whether every tenant lets these lists be read is unverified [U] (halo.md 3.7).
    """
    try:
        return look()
    except PortalError as exc:
        if tried or exc.retryable:
            raise
        return False
