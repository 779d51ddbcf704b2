"""The portal's own settings, for the processes that system tests start; static files go to the test's folder."""

import os

from portal.settings import *  # noqa: F403

STATIC_ROOT = os.environ["STATIC_ROOT"]
