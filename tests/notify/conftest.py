"""A local receiver, and channels of each kind."""

from collections.abc import Callable, Iterator

import pytest

from integrations.models import Channel
from tests.http.server import Answer, Received, Server, serve


@pytest.fixture
def answers() -> list[Answer]:
    """What the receiver answers next; when nothing is left, 200."""
    return []


@pytest.fixture
def receiver(answers: list[Answer]) -> Iterator[Server]:
    """A webhook receiver on this machine."""

    def answer(got: Received) -> Answer:
        return answers.pop(0) if answers else Answer(b"ok")

    with serve(answer) as server:
        yield server


MakeChannel = Callable[..., Channel]


@pytest.fixture
def make_channel(db: None, receiver: Server) -> MakeChannel:
    """Make a channel that leads to the receiver."""

    def _make(kind: str = "json", **values: object) -> Channel:
        address = f"{receiver.url}/hook/s3cret-part"
        return Channel.objects.create(
            **{"name": f"Channel {kind}", "kind": kind, "address": address, "host": "127.0.0.1", **values}
        )

    return _make
