"""The addresses of the pages about people."""

from django.contrib import admin
from django.urls import path

from integrations.admin import addresses, people, person_actions

app_name = "people"
_wrap = admin.site.admin_view

urlpatterns = [
    path("", _wrap(people.search_page), name="search"),
    path("search/", _wrap(people.search_results), name="results"),
    path("addresses/", _wrap(addresses.addresses_page), name="addresses"),
    path("addresses.csv", _wrap(addresses.addresses_csv), name="addresses_csv"),
    path("addresses/<int:integration_id>/preview/", _wrap(addresses.preview_fragment), name="address_preview"),
    path("<int:integration_id>/<int:user_id>/", _wrap(people.person_view), name="person"),
    path("<int:integration_id>/<int:user_id>/push/", _wrap(person_actions.push_view), name="push"),
    path("<int:integration_id>/<int:user_id>/quote/", _wrap(person_actions.quote_view), name="quote"),
]
