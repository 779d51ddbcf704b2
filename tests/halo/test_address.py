import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.errors import AddressRefused
from integrations.halo.address import HaloAddress, read_address


@pytest.mark.parametrize(
    ("typed", "base"),
    [
        ("https://name.halopsa.com", "https://name.halopsa.com"),
        (" name.halopsa.com/ ", "https://name.halopsa.com"),
        ("HTTPS://NAME.HaloPSA.com/API/", "https://name.halopsa.com"),
        ("https://name.halopsa.com/auth", "https://name.halopsa.com"),
        ("https://halo.example:8443/psa/api", "https://halo.example:8443/psa"),
        ("http://127.0.0.1:8001/halo", "http://127.0.0.1:8001/halo"),
        ("localhost:8001", "https://localhost:8001"),
        ("https://[2001:db8::1]:8443", "https://[2001:db8::1]:8443"),
    ],
)
def test_read_address_takes_what_people_paste(typed: str, base: str) -> None:
    address = read_address(typed)
    assert address.base == base
    assert address.api == f"{base}/api"
    assert address.token_fallback == f"{base}/auth/token"
    assert address.link("/orders?quoteid=1") == f"{base}/orders?quoteid=1"


@pytest.mark.parametrize(
    "typed",
    [
        *("", "   ", "https://", "ftp://name.halopsa.com", "javascript://x", "https://na me.halopsa.com"),
        *("https://user:pw@name.halopsa.com", "name.halopsa.com?x=1", "name.halopsa.com#x", "https://x:99999"),
        *("https://[::1", "https://evil.example\\.halopsa.com", "https://ha℀lo.com", "https://exa<mple.com"),
    ],
)
def test_read_address_refuses_the_rest(typed: str) -> None:
    with pytest.raises(AddressRefused) as caught:
        read_address(typed)
    assert "pw" not in caught.value.user_message


@given(st.text(max_size=40) | st.text(max_size=30).map("https://{}".format))
def test_read_address_never_fails_otherwise(typed: str) -> None:
    try:
        address = read_address(typed)
    except AddressRefused:
        return
    assert read_address(address.base) == address


@pytest.mark.parametrize(
    ("base", "url", "trusted"),
    [
        ("https://name.halopsa.com", "https://name.halopsa.com/auth", True),
        ("https://name.halopsa.com", "https://NAME.halopsa.com:443/auth", True),
        ("https://name.halopsa.com", "https://auth.halopsa.com/auth", True),
        ("https://halo.example", "https://halo.example/auth", True),
        ("https://halo.example:8443", "https://halo.example:8443/auth", True),
        ("http://127.0.0.1:8001", "http://127.0.0.1:8001/auth", True),
        ("https://halo.example", "https://halo.example:8443/auth", False),
        ("https://halo.example", "https://auth.halo.example/auth", False),
        ("https://halo.example", "https://name.halopsa.com/auth", False),
        ("https://name.halopsa.com", "https://name.haloitsm.com/auth", False),
        ("https://name.halopsa.com", "http://name.halopsa.com/auth", False),
        ("https://name.halopsa.com", "https://halopsa.com.evil.example/auth", False),
        ("https://name.halopsa.com", "https://evilhalopsa.com/auth", False),
        ("https://name.halopsa.com", "https://evil.example\\.halopsa.com/auth", False),
        ("https://name.halopsa.com", "https://evil.example\\@name.halopsa.com/auth", False),
        ("https://name.halopsa.com", "https://name.halopsa.com@evil.example/auth", False),
        ("https://name.halopsa.com", "https://user@name.halopsa.com/auth", False),
        ("https://name.halopsa.com", "https://evil.example#.halopsa.com", False),
        ("https://name.halopsa.com", "https://evil.example/.halopsa.com", False),
        ("https://name.halopsa.com", "//name.halopsa.com/auth", False),
        ("https://name.halopsa.com", "/auth", False),
        ("https://name.halopsa.com", "https://[::1", False),
        ("https://name.halopsa.com", "https://name.halopsa.com:x/auth", False),
    ],
)
def test_trusts_only_its_own_sign_in(base: str, url: str, trusted: bool) -> None:
    assert HaloAddress(base=base).trusts(url) is trusted
