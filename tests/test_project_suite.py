"""The suite stays on this machine, and keeps what migrations seeded."""

import socket
import urllib.request

import pytest
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType

from tests.network import OutsideNetwork


def test_socket_to_another_machine_is_refused():
    with socket.socket() as outside, pytest.raises(OutsideNetwork):
        outside.connect(("192.0.2.1", 80))
    with pytest.raises(OutsideNetwork):
        socket.getaddrinfo("my.example.gov", 443)
    with pytest.raises((OutsideNetwork, OSError)):
        urllib.request.urlopen("http://my.example.gov/", timeout=1)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("time", ["first", "second"])
def test_rows_of_migrations_survive_tests_that_flush_the_database(time):
    assert Group.objects.exists()
    assert ContentType.objects.exists()
    Group.objects.all().delete()
