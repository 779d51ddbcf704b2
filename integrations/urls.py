"""The addresses that remote systems call, and the pages that are no model's."""

from django.urls import include, path

from integrations.inbox.views import quoter_webhook
from integrations.watch.views import metrics_view, readyz

# With and without the slash: a redirect would lose the posted form.
urlpatterns = [
    path("webhooks/quoter/<uuid:endpoint>/", quoter_webhook, name="quoter_webhook"),
    path("webhooks/quoter/<uuid:endpoint>", quoter_webhook),
    path("readyz", readyz, name="readyz"),
    path("metrics", metrics_view, name="metrics"),
    path("halo-requests/", include("integrations.admin.ledger_urls")),
    path("people/", include("integrations.admin.people_urls")),
    path("address-check/", include("integrations.admin.address_urls")),
]
