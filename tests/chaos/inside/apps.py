"""Applies the harness's patches once the portal's own modules are loaded."""

import os

from django.apps import AppConfig

from tests.chaos.settings import TIME_SCALE


class Inside(AppConfig):
    """The harness inside a portal process."""

    name = "tests.chaos.inside"
    label = "chaos_inside"

    def ready(self) -> None:
        """Scale the times, set the traps, and take out what a mutation run wants gone."""
        from tests.chaos.inside import mutations, points, scale

        scale.apply(TIME_SCALE)
        mutations.apply(os.environ.get("CHAOS_MUTATION", ""))
        points.install(os.environ["CHAOS_CONTROL"])
