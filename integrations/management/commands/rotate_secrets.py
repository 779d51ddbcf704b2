"""`manage.py rotate_secrets`: every stored secret under the newest key of FIELD_ENCRYPTION_KEYS."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from integrations.errors import SecretUnreadable
from integrations.models import SECRETS, Channel, HaloToken, Integration
from integrations.models.history import unrecorded


class Command(BaseCommand):
    """Seal everything anew."""

    help = "Encrypts every stored secret with the newest key; afterwards the older keys can be removed."

    def handle(self, *args: Any, **options: Any) -> None:
        """Rotate, all or nothing."""
        count = 0
        with transaction.atomic(), unrecorded():
            for integration in Integration.objects.select_for_update():
                for name in SECRETS:
                    try:
                        setattr(integration, name, getattr(integration, name).resealed())
                    except SecretUnreadable as exc:
                        field = Integration._meta.get_field(name).verbose_name  # type: ignore[union-attr]
                        raise CommandError(
                            f"{integration.name}: the {field} opens with none of the keys. {exc.way_out}"
                        ) from exc
                    count += bool(getattr(integration, name))
                integration.save(update_fields=SECRETS)
            for channel in Channel.objects.select_for_update():
                try:
                    channel.address = channel.address.resealed()
                except SecretUnreadable as exc:
                    text = f"Notification channel {channel.name}: the webhook address opens with none of the keys."
                    raise CommandError(f"{text} {exc.way_out}") from exc
                count += bool(channel.address)
                channel.save(update_fields=["address"])
            # Tokens are short-lived: a new one is fetched when needed.
            HaloToken.objects.all().delete()
        self.stdout.write(f"{count} secret(s) are now encrypted with the newest key.")
