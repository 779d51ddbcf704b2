"""The portal's settings as the tests run them: fixed keys, loopback allowed, no manifest."""

import os
import tempfile

os.environ.setdefault("SECRET_KEY", "tests-only")
os.environ.setdefault("FIELD_ENCRYPTION_KEYS", "dGVzdHMtb25seS10ZXN0cy1vbmx5LXRlc3RzLW9ubHk=")
os.environ.setdefault("DEBUG", "off")
os.environ.setdefault("PUBLIC_URL", "http://127.0.0.1")
os.environ.setdefault("ALLOW_PRIVATE_REMOTES", "on")
os.environ["ENV_FILE"] = os.devnull

from portal.settings import *  # noqa: E402, F403

ALLOWED_HOSTS = ["*"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
WHITENOISE_AUTOREFRESH = True
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):  # noqa: F405
    # A file, as in production: an in-memory database would have one connection and no write-ahead log.
    DATABASES["default"]["TEST"] = {"NAME": f"{tempfile.gettempdir()}/portal-tests-{os.getpid()}.sqlite3"}  # noqa: F405
