"""The tests' own database, as other processes reach it."""

import os
from urllib.parse import urlsplit, urlunsplit

from django.db import connection


def database_url() -> str:
    """Return the address of the database that is in use."""
    given, name = os.environ.get("DATABASE_URL", ""), str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return urlunsplit(urlsplit(given)._replace(path=f"/{name}"))
