from django.contrib import admin
from django.urls import path

from integrations.admin import new_opportunity, people, person_actions

app_name = "people"
_wrap = admin.site.admin_view

urlpatterns = [
    path("", _wrap(people.search_page), name="search"),
    path("search/", _wrap(people.search_results), name="results"),
    path("<int:integration_id>/<int:user_id>/", _wrap(people.person_view), name="person"),
    path("<int:integration_id>/<int:user_id>/push/", _wrap(person_actions.push_view), name="push"),
    path("<int:integration_id>/<int:user_id>/quote/", _wrap(person_actions.quote_view), name="quote"),
    path(
        "<int:integration_id>/<int:user_id>/opportunity/",
        _wrap(new_opportunity.opportunity_view),
        name="opportunity",
    ),
]
