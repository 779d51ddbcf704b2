import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.errors import (
    CredentialsRejected,
    NotFound,
    PermissionMissing,
    PortalError,
    Refused,
    RemoteBroken,
)
from integrations.halo.faults import check, read_message
from integrations.http import Response


def response(body: Any, status: int = 400) -> Response:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Response(status=status, headers={}, body=raw, elapsed_s=0)


def error_of(body: Any, status: int = 400) -> PortalError:
    with pytest.raises(PortalError) as caught:
        check(response(body, status), what="quote")
    return caught.value


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"[0].id": ["The value is not valid."]}, "[0].id: The value is not valid."),
        ({"id": ["A", "B"], "name": ["C"]}, "id: A; id: B; name: C"),
        ({"resultCode": 5, "errorMessage": "No"}, "No"),
        ({"ClassName": "System.Exception", "Message": "An Outcome must be entered"}, "An Outcome must be entered"),
        ({"Message": "Ticket not found."}, "Ticket not found."),
        ({"error": "invalid_client"}, "invalid_client"),
        ({"error": "x", "error_description": "Long"}, "Long"),
        ({"title": "Wrong", "status": 400, "errors": {"Name": ["is required"]}}, "Wrong; Name: is required"),
        ("Please populate main contact name", "Please populate main contact name"),
        (b"plain  text\n here", "plain text here"),
        (b"<html><body><h1>Bad</h1></body></html>", "Bad"),
        ([{"Message": "A"}, {"Message": "A"}, {"Message": "B"}], "A; B"),
        (None, ""),
        (b"", ""),
        (b"\xff", "\ufffd"),
        ({"Message": ""}, "Message:"),
    ],
)
def test_read_message_reads_every_shape_that_was_seen(body: Any, said: str) -> None:
    assert read_message(response(body)) == said


@pytest.mark.parametrize("body", [b"<" * 2_000_000, b"x" * 2_000_000, b"[" * 990 + b"]" * 990, b"[" * 10**6])
def test_read_message_is_short_and_quick(body: bytes) -> None:
    start = time.monotonic()
    assert len(read_message(response(body))) <= 300
    assert time.monotonic() - start < 2


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["Message", "error", "title", "errors", "id", ""]), inner, max_size=4)
    ),
)


@given(st.binary(max_size=50) | JSON.map(lambda value: json.dumps(value).encode()), st.integers(300, 599))
def test_check_never_fails_otherwise(body: bytes, status: int) -> None:
    assert error_of(body, status).user_message


@pytest.mark.parametrize("status", [200, 201, 204, 299])
def test_check_passes_every_good_answer(status: int) -> None:
    answer = response({}, status)
    assert check(answer, what="quote") is answer


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, Refused),
        (401, CredentialsRejected),
        (403, PermissionMissing),
        (404, NotFound),
        (405, Refused),
        (408, RemoteBroken),
        (409, Refused),
        (415, Refused),
        (422, Refused),
        (402, RemoteBroken),
        (500, RemoteBroken),
        (302, RemoteBroken),
    ],
)
def test_check_tells_a_no_from_a_not_now(status: int, error: type[PortalError]) -> None:
    found = error_of("Something", status)
    assert type(found) is error
    assert ("token" if status == 401 else "quote") in found.user_message


@pytest.mark.parametrize(
    ("said", "means"),
    [
        ("Please populate main contact name", "requires a main contact"),
        ("Close date field is mandatory", "requires a field"),
        ("Unable to save data. Ticket not found.", "does not know the opportunity"),
        ("You do not have permission to update this Ticket.", "may not do this"),
        ("You do not have access to this Action at the moment", "may not do this"),
        ("Invalid advanced search parameter", "does not offer the search"),
        ("An Outcome must be entered for this Action", "requires an outcome"),
    ],
)
def test_check_explains_known_refusals_and_quotes_them(said: str, means: str) -> None:
    found = error_of({"Message": said})
    assert isinstance(found, Refused)
    assert means in found.user_message
    assert said in found.user_message
    assert found.way_out != Refused.hint


def test_check_quotes_an_unknown_refusal() -> None:
    found = error_of("Sorry, Dave.")
    assert found.user_message == "Halo refused quote. Halo said: “Sorry, Dave.”"
    assert found.way_out == Refused.hint
    assert error_of(b"").user_message == "Halo refused quote."
