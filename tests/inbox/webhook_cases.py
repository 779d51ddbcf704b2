"""What every signed webhook must withstand. A receiver inherits the cases and says how it is signed."""

import time
import uuid
from typing import Any
from urllib.parse import urlencode

import pytest
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import Client
from django_q.models import OrmQ

from integrations.models import RejectedWebhook, WebhookDelivery


class WebhookSecurityCases:
    """Inherit, and define `address` and `sign`."""

    content_type = "application/x-www-form-urlencoded"
    too_large = 5 * 1024 * 1024 + 1

    def address(self, receiver: Any) -> str:
        """Return the path to post to."""
        raise NotImplementedError

    def sign(self, receiver: Any, *, key: str | None = None, at: float | None = None) -> dict[str, str]:
        """Return the fields of a good webhook."""
        raise NotImplementedError

    def set_keys(self, receiver: Any, *, current: str, previous: str) -> None:
        """Change the receiver's keys."""
        raise NotImplementedError

    def post(self, receiver: Any, fields: dict[str, str] | bytes, **headers: Any) -> HttpResponse:
        """Post without a session, with CSRF checks on."""
        body = fields if isinstance(fields, bytes) else urlencode(fields).encode()
        client = Client(enforce_csrf_checks=True)
        answer: HttpResponse = client.post(self.address(receiver), body, content_type=self.content_type, **headers)
        return answer

    def rejected(self, answer: HttpResponse, status: int, receiver: Any) -> None:
        """Check that nothing was stored or queued, and that the answer tells no secret."""
        assert answer.status_code == status, answer.content
        assert not WebhookDelivery.objects.exists()
        assert not OrmQ.objects.exists()
        for key in receiver.hash_keys():
            assert key not in answer.content.decode()

    def test_good_one_is_stored_with_its_work(self, receiver: Any) -> None:
        fields = self.sign(receiver)
        answer = self.post(receiver, fields)
        assert answer.status_code == 200
        assert WebhookDelivery.objects.get().data == fields["data"]
        assert OrmQ.objects.count() == 1

    def test_answer_sets_no_cookie_and_no_redirect(self, receiver: Any) -> None:
        answer = self.post(receiver, self.sign(receiver))
        assert not answer.cookies
        assert "Location" not in answer

    def test_address_without_the_slash_works(self, receiver: Any) -> None:
        answer = Client().post(
            self.address(receiver).rstrip("/"), urlencode(self.sign(receiver)), content_type=self.content_type
        )
        assert answer.status_code == 200

    def test_wrong_key_is_forbidden(self, receiver: Any) -> None:
        self.rejected(self.post(receiver, self.sign(receiver, key="0" * 32)), 403, receiver)

    def test_empty_key_is_never_a_key(self, receiver: Any) -> None:
        self.set_keys(receiver, current="", previous="")
        self.rejected(self.post(receiver, self.sign(receiver, key="")), 403, receiver)

    @pytest.mark.parametrize("field", ["hash", "timestamp", "data"])
    def test_missing_field_is_bad(self, receiver: Any, field: str) -> None:
        fields = self.sign(receiver)
        del fields[field]
        self.rejected(self.post(receiver, fields), 400, receiver)

    @pytest.mark.parametrize("field", ["hash", "timestamp", "data"])
    def test_changed_field_is_forbidden_or_bad(self, receiver: Any, field: str) -> None:
        fields = self.sign(receiver)
        fields[field] = ("0" if fields[field][0] != "0" else "1") + fields[field][1:]
        answer = self.post(receiver, fields)
        self.rejected(answer, 403, receiver)

    def test_field_twice_is_bad(self, receiver: Any) -> None:
        fields = self.sign(receiver)
        self.rejected(self.post(receiver, urlencode([*fields.items(), ("data", "{}")]).encode()), 400, receiver)

    @pytest.mark.parametrize("late", [-301, 301, -86_400 * 365])
    def test_old_and_future_stamps_are_forbidden(self, receiver: Any, late: int) -> None:
        self.rejected(self.post(receiver, self.sign(receiver, at=time.time() + late)), 403, receiver)

    @pytest.mark.parametrize("late", [-290, 290])
    def test_stamps_within_the_tolerance_are_accepted(self, receiver: Any, late: int) -> None:
        assert self.post(receiver, self.sign(receiver, at=time.time() + late)).status_code == 200

    def test_both_keys_are_accepted_while_rotating(self, receiver: Any) -> None:
        old, new = "a" * 32, "b" * 32
        self.set_keys(receiver, current=new, previous=old)
        assert self.post(receiver, self.sign(receiver, key=old)).status_code == 200
        assert self.post(receiver, self.sign(receiver, key=new)).status_code == 200
        self.set_keys(receiver, current=new, previous="")
        assert self.post(receiver, self.sign(receiver, key=old)).status_code == 403

    def test_replay_is_answered_by_the_same_row(self, receiver: Any) -> None:
        fields = self.sign(receiver)
        answers = [self.post(receiver, fields) for _ in range(3)]
        assert {answer.status_code for answer in answers} == {200}
        assert WebhookDelivery.objects.get().times_received == 3
        assert OrmQ.objects.count() == 1

    @pytest.mark.parametrize("method", ["get", "put", "patch", "delete", "options", "head"])
    def test_other_methods_are_not_allowed(self, receiver: Any, method: str) -> None:
        self.rejected(getattr(Client(), method)(self.address(receiver)), 405, receiver)

    def test_unknown_endpoint_is_not_found(self, receiver: Any) -> None:
        address = self.address(receiver).replace(str(receiver.endpoint), str(uuid.uuid4()))
        answer = Client().post(address, urlencode(self.sign(receiver)), content_type=self.content_type)
        self.rejected(answer, 404, receiver)
        assert not RejectedWebhook.objects.exists()

    def test_too_large_is_told(self, receiver: Any) -> None:
        fields = {**self.sign(receiver), "data": "x" * self.too_large}
        self.rejected(self.post(receiver, fields), 413, receiver)

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"{}",
            b"hash",
            b"&&&",
            b"\x00\xff\xfe",
            b"hash=%zz&timestamp=1&data=1",
            b"hash=%ff%fe&timestamp=1755306343&data=%ff",
            "hash=ä&timestamp=1&data=ü".encode(),
            b"a=1&" * 5_000,
            b"hash=" + b"a" * 32 + b"&timestamp=1755306343&data=%00",
            b"hash=" + b"a" * 32 + b"&timestamp=99999999999999999999&data=x",
            b'--x\r\nContent-Disposition: form-data; name="hash"\r\n\r\n1\r\n--x--\r\n',
        ],
    )
    def test_malformed_body_is_bad_never_an_error(self, receiver: Any, body: bytes) -> None:
        self.rejected(self.post(receiver, body), 400, receiver)

    def test_rejections_are_counted_without_bound_on_rows(self, receiver: Any) -> None:
        for _ in range(20):
            self.post(receiver, self.sign(receiver, key="0" * 32))
        row = RejectedWebhook.objects.get()
        assert (row.reason, row.count) == ("bad_hash", 20)

    def test_session_of_a_logged_in_browser_makes_no_difference(self, receiver: Any) -> None:
        client = Client(enforce_csrf_checks=True)
        client.force_login(User.objects.create_superuser("root"))
        body = urlencode(self.sign(receiver, key="0" * 32))
        assert client.post(self.address(receiver), body, content_type=self.content_type).status_code == 403

    def test_nothing_of_a_webhook_is_logged(self, receiver: Any, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level("DEBUG")
        fields = self.sign(receiver)
        self.post(receiver, fields)
        self.post(receiver, {**fields, "hash": "0" * 32})
        assert fields["hash"] not in caplog.text
        assert fields["data"][:50] not in caplog.text
