"""The addresses that remote systems call."""

from django.urls import path

from integrations.inbox.views import quoter_webhook
from integrations.watch.views import metrics_view, readyz

# With and without the slash: a redirect would lose the posted form.
urlpatterns = [
    path("webhooks/quoter/<uuid:endpoint>/", quoter_webhook, name="quoter_webhook"),
    path("webhooks/quoter/<uuid:endpoint>", quoter_webhook),
    path("readyz", readyz, name="readyz"),
    path("metrics", metrics_view, name="metrics"),
]
