"""What a notice says, and how each kind of webhook wants to read it. Only what is needed to decide who acts."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

# Addresses of customers are no one's business in a chat room; the portal's page has them.
_EMAIL = re.compile(r"[\w.+%-]+@([\w-]+\.[\w.-]+)")
_LONGEST = 400
# Chat services cut or refuse what is longer.
SHOWN = 15


@dataclass(frozen=True)
class Item:
    """One cause: its sentence, what it holds up, and where it is looked at. `money` is text: “120.00 USD”."""

    id: str
    over: bool
    topic: str
    sentence: str
    integration: str = ""
    count: int = 0
    money: str = ""
    link: str = ""
    at: datetime | None = None

    @property
    def detail(self) -> str:
        """Return what it concerns, on one line."""
        quotes = f"{self.count} quote{'' if self.count == 1 else 's'} waiting" if self.count else ""
        return " · ".join(text for text in (self.integration, quotes, self.money) if text)


@dataclass(frozen=True)
class Message:
    """A title and the causes."""

    title: str
    items: Sequence[Item]
    link: str = ""

    @property
    def shown(self) -> Sequence[Item]:
        """Return the causes that are spelt out."""
        return self.items[:SHOWN]

    @property
    def more(self) -> str:
        """Return how many are left out, as a sentence."""
        left = len(self.items) - len(self.shown)
        return f"And {left} more in the portal." if left else ""


def message_of(items: Sequence[Item], *, link: str) -> Message:
    """Return one message for all of them."""
    opened, over = [item for item in items if not item.over], [item for item in items if item.over]
    if len(items) == 1:
        title = f"{'Over' if over else 'Needs attention'}: {items[0].sentence}"
        return Message(_short(title, 150), items, items[0].link or link)
    parts = [f"{len(opened)} need attention" if opened else "", f"{len(over)} over" if over else ""]
    return Message(f"{len(items)} causes: {', '.join(part for part in parts if part)}", [*opened, *over], link)


def harmless(sentence: str) -> str:
    """Return a sentence on one line, cut, with e-mail addresses reduced to their domain."""
    return _short(_EMAIL.sub(r"…@\1", " ".join(sentence.split())), _LONGEST)


def as_text(message: Message) -> str:
    """Return the body of an e-mail."""
    parts = []
    for item in message.shown:
        head = f"{'Over: ' if item.over else ''}{item.sentence}"
        parts.append("\n".join(text for text in (head, item.detail, item.link) if text))
    return "\n\n".join([*parts, *([message.more] if message.more else []), message.link]).strip() + "\n"


def as_teams(message: Message) -> dict[str, Any]:
    """Return an Adaptive Card in the envelope that Teams' workflow webhooks take.

    Source: learn.microsoft.com/connectors/teams, “Microsoft Teams Webhook”. Sentences stand in rich text blocks,
    where nothing is read as markdown: they may quote what Halo said.
    """
    body: list[dict[str, Any]] = [_rich(message.title, weight="Bolder", size="Medium")]
    for item in message.shown if len(message.items) > 1 else ():
        body.append(_rich(f"{'Over: ' if item.over else ''}{item.sentence}", separator=True))
        body.append(_rich(item.detail, isSubtle=True))
    if len(message.items) == 1:
        body.append(_rich(message.items[0].detail, isSubtle=True))
    body.append(_rich(message.more, isSubtle=True))
    card = {
        "type": "AdaptiveCard",
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "version": "1.4",
        "msteams": {"width": "Full"},
        "body": [block for block in body if block["inlines"][0]["text"]],
        "actions": [{"type": "Action.OpenUrl", "title": "Open the portal", "url": message.link}]
        if message.link
        else [],
    }
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
    return {"type": "message", "attachments": [attachment]}


def _rich(text: str, *, separator: bool = False, **style: Any) -> dict[str, Any]:
    return {
        "type": "RichTextBlock",
        "separator": separator,
        "inlines": [{"type": "TextRun", "text": text, **style}],
    }


def as_slack(message: Message) -> dict[str, Any]:
    """Return what Slack's incoming webhooks take.

    Source: docs.slack.dev, “Sending messages using incoming webhooks”.
    """
    lines = [f"*{_slack(message.title)}*"]
    for item in message.shown if len(message.items) > 1 else ():
        where = f" <{item.link}|Open>" if item.link else ""
        lines.append(f"• {'Over: ' if item.over else ''}{_slack(item.sentence)}{where}")
        lines.append(f"   {_slack(item.detail)}" if item.detail else "")
    if len(message.items) == 1:
        lines.append(_slack(message.items[0].detail))
    lines += [message.more, f"<{message.link}|Open the portal>" if message.link else ""]
    return {"text": "\n".join(line for line in lines if line), "unfurl_links": False}


def _slack(text: str) -> str:
    """Escape what Slack would read as a link or a mention."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def as_json(message: Message) -> dict[str, Any]:
    """Return plain JSON. `id` stays the same when a message is sent again: receivers can tell repeats by it."""
    return {
        "source": "quote-portal",
        "title": message.title,
        "link": message.link,
        "causes": [
            {
                "id": item.id,
                "event": "closed" if item.over else "opened",
                "topic": item.topic,
                "sentence": item.sentence,
                "integration": item.integration,
                "quotes_waiting": item.count,
                "money_waiting": item.money,
                "link": item.link,
                "at": item.at.isoformat(timespec="seconds") if item.at else None,
            }
            for item in message.items
        ],
    }


def _short(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1].rstrip()}…"
