import pytest
from django.db import connection

from integrations.connect.tokens import CLAIM_S, DatabaseTokenStore
from integrations.halo.auth import Token
from integrations.models import HaloToken, Integration

pytestmark = pytest.mark.django_db
NOW = 1_800_000_000.0
TOKEN = Token(value="an-access-t0ken", expires_at=NOW + 3600.123456)


class Clock:
    """A time that the test sets."""

    now = NOW

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def tenant() -> Integration:
    return Integration.objects.create(name="One tenant")


def test_read_returns_nothing_before_anything_was_saved(tenant: Integration) -> None:
    store = DatabaseTokenStore(tenant, clock=Clock())
    assert store.read() is None
    assert store.claim()
    assert store.read() is None


def test_save_gives_the_token_to_all_processes(tenant: Integration) -> None:
    one, two = DatabaseTokenStore(tenant, clock=Clock()), DatabaseTokenStore(tenant, clock=Clock())
    one.claim()
    one.save(TOKEN)
    assert two.read() == TOKEN
    assert two.claim()  # the right was given back


def test_save_keeps_the_token_encrypted(tenant: Integration) -> None:
    store = DatabaseTokenStore(tenant, clock=Clock())
    store.claim()
    store.save(TOKEN)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT value FROM {HaloToken._meta.db_table}")  # noqa: S608  our own table's name
        (stored,) = cursor.fetchone()
    assert TOKEN.value not in stored
    assert TOKEN.value not in repr(HaloToken.objects.get().value)


def test_claim_is_for_one_process_until_it_lapses(tenant: Integration) -> None:
    clock = Clock()
    one, two = DatabaseTokenStore(tenant, clock=clock), DatabaseTokenStore(tenant, clock=clock)
    assert one.claim()
    assert not two.claim()
    assert not one.claim()
    clock.now = NOW + CLAIM_S
    assert not two.claim()
    clock.now = NOW + CLAIM_S + 0.1  # that process died
    assert two.claim()


def test_release_gives_the_right_back_and_keeps_the_old_token(tenant: Integration) -> None:
    store = DatabaseTokenStore(tenant, clock=Clock())
    store.claim()
    store.save(TOKEN)
    store.claim()
    store.release()
    assert store.claim()
    assert store.read() == TOKEN


def test_drop_forgets_only_the_token_that_failed(tenant: Integration) -> None:
    store = DatabaseTokenStore(tenant, clock=Clock())
    store.claim()
    store.save(TOKEN)
    store.drop(Token(value="older", expires_at=NOW))
    assert store.read() == TOKEN
    store.drop(TOKEN)
    assert store.read() is None
    newer = Token(value="newer", expires_at=NOW + 7200)
    store.save(newer)
    store.drop(TOKEN)
    assert store.read() == newer


def test_tenants_have_tokens_of_their_own(tenant: Integration) -> None:
    store = DatabaseTokenStore(tenant, clock=Clock())
    store.claim()
    store.save(TOKEN)
    other = DatabaseTokenStore(Integration.objects.create(name="Other"), clock=Clock())
    assert other.read() is None
    assert other.claim()
