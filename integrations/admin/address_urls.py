"""The pages of the address check. Apart from the people's: the navigation marks what an address begins with."""

from django.contrib import admin
from django.urls import path

from integrations.admin import addresses

app_name = "addresses"
_wrap = admin.site.admin_view

urlpatterns = [
    path("", _wrap(addresses.addresses_page), name="check"),
    path("csv/", _wrap(addresses.addresses_csv), name="csv"),
    path("<int:integration_id>/preview/", _wrap(addresses.preview_fragment), name="preview"),
]
