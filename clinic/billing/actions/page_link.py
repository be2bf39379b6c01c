"""The one link of a patient to the page of the own membership."""

from datetime import timedelta

from clinic.access.rules.links import LinkPurpose
from clinic.people.actions.page_links import page_link_of

page_link = page_link_of(LinkPurpose.BILLING, resource_kind="membership", lasts=timedelta(days=60))
