"""The troubleshooting table says what the source says, and every cause has its way to the place of repair."""

from integrations.admin.fixes import _FIXES
from tests.troubleshooting import PAGE, make_page


def test_page_is_what_the_source_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == make_page(), "run python -m tests.troubleshooting"


def test_every_code_that_leads_somewhere_exists() -> None:
    page = make_page()
    assert [code for code in _FIXES if f"`{code}`" not in page] == []
