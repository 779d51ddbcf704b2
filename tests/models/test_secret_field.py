import copy
import pickle

import pytest
from cryptography.fernet import Fernet
from django.core import serializers
from django.core.exceptions import FieldError
from django.db import connection
from django.forms.models import model_to_dict
from hypothesis import given
from hypothesis import strategies as st

from integrations.errors import SecretUnreadable
from integrations.models import Integration
from integrations.models.fields import Secret, SecretField

CLEAR = "c1ient-s3cret"
TEXTS = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=200)


def stored(integration: Integration) -> str:
    """Return what the database really holds."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT halo_client_secret FROM integrations_integration WHERE id = %s", [integration.pk])
        found: str = cursor.fetchone()[0]
        return found


@given(TEXTS)
def test_seal_and_reveal_give_back_the_text(text: str) -> None:
    secret = Secret.seal(text)
    assert secret.reveal() == text
    assert bool(secret) is bool(text)
    assert secret.resealed().reveal() == text
    if len(text) > 3:
        assert text not in f"{secret} {secret!r} {secret.sealed}"


@given(TEXTS | TEXTS.map("enc1${}".format) | st.just("enc1$gAAAAA"))
def test_field_seals_any_text_whatever_it_begins_with(text: str) -> None:
    # A password may begin like a sealed one: stored as it stands, it would be in clear and never open again.
    assert SecretField().to_python(text).reveal() == text


def test_field_takes_sealed_text_as_it_is() -> None:
    secret = Secret.seal(CLEAR)
    assert SecretField().to_python(secret.sealed) == secret
    assert SecretField().to_python(secret) is secret
    assert not SecretField().to_python(None)


@pytest.mark.django_db
def test_field_is_encrypted_in_the_database() -> None:
    integration = Integration.objects.create(name="A", halo_client_secret=CLEAR)
    assert stored(integration).startswith("enc1$")
    assert CLEAR not in stored(integration)
    assert Integration.objects.get().halo_client_secret.reveal() == CLEAR
    assert not Integration.objects.get().halo_password


@pytest.mark.django_db
def test_field_never_holds_plain_text_on_an_instance() -> None:
    integration = Integration(name="A", halo_client_secret=CLEAR)
    assert isinstance(integration.halo_client_secret, Secret)
    integration.halo_password = CLEAR
    assert integration.halo_password.reveal() == CLEAR
    assert CLEAR not in f"{integration.__dict__} {model_to_dict(integration)} {integration!r}"
    integration.save()
    integration.refresh_from_db()
    assert integration.halo_password.reveal() == CLEAR
    deferred = Integration.objects.defer("halo_password").get()
    assert deferred.halo_password.reveal() == CLEAR


@pytest.mark.django_db
def test_field_is_not_sealed_anew_by_an_unrelated_save() -> None:
    integration = Integration.objects.create(name="A", halo_client_secret=CLEAR)
    before = stored(integration)
    again = Integration.objects.get()
    again.name = "B"
    again.save()
    assert stored(integration) == before


@pytest.mark.django_db
def test_field_can_be_updated_in_bulk_and_emptied() -> None:
    integration = Integration.objects.create(name="A")
    Integration.objects.update(halo_client_secret=CLEAR)
    assert CLEAR not in stored(integration)
    assert Integration.objects.get().halo_client_secret.reveal() == CLEAR
    Integration.objects.update(halo_client_secret="")
    assert stored(integration) == ""


@pytest.mark.django_db
def test_field_is_serialised_sealed_and_can_be_loaded() -> None:
    Integration.objects.create(name="A", halo_client_secret=CLEAR)
    text = serializers.serialize("json", Integration.objects.all())
    assert CLEAR not in text
    (loaded,) = serializers.deserialize("json", text)
    assert loaded.object.halo_client_secret.reveal() == CLEAR


@pytest.mark.django_db
@pytest.mark.parametrize("lookup", ["", "__startswith", "__isnull", "__in", "__gt", "__regex"])
def test_field_cannot_be_searched(lookup: str) -> None:
    with pytest.raises(FieldError):
        list(Integration.objects.filter(**{f"halo_client_secret{lookup}": "x"}))


@pytest.mark.django_db
def test_field_in_clear_in_the_database_is_told() -> None:
    integration = Integration.objects.create(name="A")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE integrations_integration SET halo_client_secret = %s", [CLEAR])
    with pytest.raises(SecretUnreadable) as caught:
        Integration.objects.get(pk=integration.pk)
    assert CLEAR not in str(caught.value)


def test_secret_opens_with_an_older_key_and_is_resealed_with_the_newest(settings: object) -> None:
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    settings.FIELD_ENCRYPTION_KEYS = [old]  # type: ignore[attr-defined]
    secret = Secret.seal(CLEAR)
    settings.FIELD_ENCRYPTION_KEYS = [new, old]  # type: ignore[attr-defined]
    resealed = secret.resealed()
    assert secret.reveal() == resealed.reveal() == CLEAR
    settings.FIELD_ENCRYPTION_KEYS = [new]  # type: ignore[attr-defined]
    assert resealed.reveal() == CLEAR
    with pytest.raises(SecretUnreadable) as caught:
        secret.reveal()
    assert secret  # a wrong key must never look like an empty secret
    assert secret.sealed not in str(caught.value)


def test_secret_that_was_cut_is_unreadable() -> None:
    for sealed in (Secret.seal(CLEAR).sealed[:-5], "enc1$", "enc1$ä", "nonsense"):
        with pytest.raises(SecretUnreadable):
            Secret(sealed).reveal()


def test_secret_stays_sealed_when_copied() -> None:
    secret = Secret.seal(CLEAR)
    assert copy.deepcopy(secret) == secret
    assert CLEAR.encode() not in pickle.dumps(secret)
    assert pickle.loads(pickle.dumps(secret)) == secret  # noqa: S301  our own bytes
    assert hash(secret) == hash(copy.copy(secret))
    assert secret != Secret.seal(CLEAR)


def test_field_can_be_written_into_a_migration() -> None:
    field = SecretField("Client secret", help_text="x")
    field.set_attributes_from_name("s")
    _, path, args, kwargs = field.deconstruct()
    assert path == "integrations.models.fields.SecretField"
    assert not SecretField(*args, **kwargs).editable
    assert kwargs["default"] is Secret
