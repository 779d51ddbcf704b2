"""Running beside another connector: plan and compare, and write nothing."""

from django.db import models


class Shadowing(models.Model):
    """Shadow mode and since when.

    live ⇄ shadow (nothing is written to Halo or Quoter; see `http.Http` and `sync.intents.Writer`, which refuse)
    """

    shadow = models.BooleanField("Shadow mode", default=False, editable=False)
    shadow_since = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        abstract = True
