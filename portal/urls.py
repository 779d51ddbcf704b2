"""Every address of the portal."""

from django.contrib import admin
from django.urls import include, path

from portal.health import healthz

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("", include("integrations.urls")),
    path("", admin.site.urls),
]
