"""The page of the ledger of Halo requests."""

from django.contrib import admin
from django.urls import path

from integrations.admin.ledger_page import ledger_view

urlpatterns = [path("", admin.site.admin_view(ledger_view), name="ledger")]
