"""When to try again: 30 s, 2 min, 10 min, 30 min, 2 h, then every 6 h, for up to 3 days."""

STEPS_S = (30.0, 120.0, 600.0, 1_800.0, 7_200.0)
THEN_S = 21_600.0
GIVE_UP_S = 3 * 86_400.0
# Deliveries that failed together must not come back together.
JITTER = 0.2


def wait_before_retry(retries_made: int, *, chance: float, scale: float = 1.0) -> float:
    """Return the seconds to wait before the next automatic try; `chance` is a random number from 0 to 1."""
    base = STEPS_S[retries_made] if retries_made < len(STEPS_S) else THEN_S
    return base * scale * (1 + JITTER * chance)


def gives_up(*, failing_for_s: float, scale: float = 1.0) -> bool:
    """Say whether a cause that time should have cured has lasted too long."""
    return failing_for_s >= GIVE_UP_S * scale
