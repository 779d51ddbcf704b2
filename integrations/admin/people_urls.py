"""The addresses of the pages about people."""

from django.contrib import admin
from django.urls import path

from integrations.admin import people

app_name = "people"
_wrap = admin.site.admin_view

urlpatterns = [
    path("", _wrap(people.search_page), name="search"),
    path("search/", _wrap(people.search_results), name="results"),
    path("<int:integration_id>/<int:user_id>/", _wrap(people.person_view), name="person"),
]
