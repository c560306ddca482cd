"""The tag of the Profile API's page in the documentation."""

from django import template

from profiles.fields import FIELDS, Field

register = template.Library()


@register.simple_tag
def profile_fields() -> list[Field]:
    return FIELDS
