"""The portal's own settings, as the harness runs them: times scaled down, crash points and mutations inside."""

import os

from portal.settings import *  # noqa: F403
from portal.settings import DATABASES, INSTALLED_APPS, Q_CLUSTER

STATIC_ROOT = os.environ.get("STATIC_ROOT", "/nowhere")
# Durations of the product are multiplied by this, so that their order to each other stays as it is.
TIME_SCALE = float(os.environ.get("CHAOS_TIME_SCALE", "0.1"))
Q_CLUSTER = {
    **Q_CLUSTER,
    "timeout": max(2, round(Q_CLUSTER["timeout"] * TIME_SCALE)),
    "retry": max(8, round(Q_CLUSTER["retry"] * TIME_SCALE)),
}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"]["timeout"] = 20 * TIME_SCALE
# Only the portal's processes carry this; the harness itself reads the rows with the same settings.
if os.environ.get("CHAOS_CONTROL"):
    INSTALLED_APPS = [*INSTALLED_APPS, "tests.chaos.inside.apps.Inside"]
