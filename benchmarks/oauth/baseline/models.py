"""A profile of nineteen plain columns."""

from django.conf import settings
from django.db import models

TEXTS = "title first_name middle_name last_name suffix address address2 city state zip gender marital_status".split()
FLAGS = "is_parent is_student is_veteran is_retired".split()
PHONES = "phone_number mobile_number".split()


class Profile(models.Model):
    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE)
    email = models.EmailField()


for _name in TEXTS + PHONES:
    Profile.add_to_class(_name, models.CharField(max_length=100, null=True))
for _name in FLAGS:
    Profile.add_to_class(_name, models.BooleanField(null=True))
