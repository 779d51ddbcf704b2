"""The portal's own copy of Halo's users and sites: what makes person search quick and free of requests."""

from django.db import models

from integrations.domain.directory import HaloPerson, HaloSite, search_text
from integrations.domain.text import fold
from integrations.models.integration import Integration


class Directory(models.Model):
    """How complete and how fresh the copy of one integration is, and who is refreshing it."""

    class Part(models.TextChoices):
        SITES = "sites", "Sites"
        USERS = "users", "Users"

    integration = models.OneToOneField(Integration, on_delete=models.CASCADE, related_name="directory")
    refreshed_at = models.DateTimeField(null=True, blank=True)
    part = models.CharField(max_length=10, choices=Part.choices, default=Part.SITES)
    next_page = models.PositiveIntegerField(default=1, help_text="Where the refresh under way goes on.")
    round = models.PositiveIntegerField(default=1, help_text="Counts the refreshes.")
    claimed_until = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name_plural = "directories"

    def __str__(self) -> str:
        return f"People of {self.integration}"


class DirectorySite(models.Model):
    """One Halo site as it was at the last refresh."""

    integration = models.ForeignKey(Integration, on_delete=models.CASCADE, related_name="directory_sites")
    halo_id = models.PositiveBigIntegerField()
    site = models.JSONField(help_text="The site as pages read it.")
    round = models.PositiveIntegerField(default=0, help_text="The refresh that saw it last.")

    class Meta:
        ordering = ["halo_id"]
        verbose_name = "Halo site"
        constraints = [models.UniqueConstraint(fields=["integration", "halo_id"], name="site_copied_once")]

    def __str__(self) -> str:
        return str(self.as_site().name)

    @classmethod
    def of(cls, integration: Integration, site: HaloSite, *, round_: int) -> "DirectorySite":
        """Return an unsaved row for a site."""
        return cls(integration=integration, halo_id=site.id, site=site.model_dump(mode="json"), round=round_)

    def as_site(self) -> HaloSite:
        """Return the site."""
        return HaloSite.model_validate(self.site)


class DirectoryUser(models.Model):
    """One Halo user as they were at the last refresh."""

    integration = models.ForeignKey(Integration, on_delete=models.CASCADE, related_name="directory_users")
    halo_id = models.PositiveBigIntegerField()
    name_key = models.CharField(max_length=100, help_text="The name in the form in which it is compared.")
    search_text = models.CharField(max_length=500, help_text="Everything a search looks at, folded.")
    site_halo_id = models.PositiveBigIntegerField(null=True, blank=True)
    inactive = models.BooleanField(default=False)
    placeholder = models.BooleanField(default=False)
    person = models.JSONField(help_text="The user as pages read it.")
    round = models.PositiveIntegerField(default=0, help_text="The refresh that saw them last.")

    class Meta:
        ordering = ["name_key", "halo_id"]
        verbose_name = "Halo user"
        constraints = [models.UniqueConstraint(fields=["integration", "halo_id"], name="user_copied_once")]

    def __str__(self) -> str:
        return str(self.as_person().label)

    @classmethod
    def of(cls, integration: Integration, person: HaloPerson, *, round_: int) -> "DirectoryUser":
        """Return an unsaved row for a user."""
        return cls(
            integration=integration,
            halo_id=person.id,
            name_key=fold(person.name)[:100],
            search_text=search_text(person)[:500],
            site_halo_id=person.site_id,
            inactive=person.inactive,
            placeholder=person.placeholder,
            person=person.model_dump(mode="json"),
            round=round_,
        )

    def as_person(self) -> HaloPerson:
        """Return the user."""
        return HaloPerson.model_validate(self.person)
