"""Views of the REST framework get the parameters that `bodies` reads, also where the framework would see no body."""

import pytest
from django.test import RequestFactory
from rest_framework.response import Response
from rest_framework.views import APIView

from myusa.lib.http.parsers import WrappedParameters
from tests.lib.test_bodies import FORM


class EchoView(WrappedParameters, APIView):
    authentication_classes = ()
    permission_classes = ()
    wrapper = "task"

    def post(self, request):
        return Response(self.parameters(request))


def answer(body, kind="application/json", path="/", **extra):
    return EchoView.as_view()(RequestFactory().generic("POST", path, body, content_type=kind, **extra))


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b'{"task": {"name": "x"}}', "application/json"),
        (b'{"name": "x"}', "application/json; charset=utf-8"),
        (b"task[name]=x", FORM),
        (
            b'--x\r\nContent-Disposition: form-data; name="task[name]"\r\n\r\nx\r\n--x--\r\n',
            "multipart/form-data; boundary=x",
        ),
    ],
)
def test_every_form_gives_the_same_parameters(body, kind):
    assert answer(body, kind).data == {"name": "x"}


def test_query_counts_where_the_body_is_empty():
    assert answer(b"", path="/?task[name]=x").data == {"name": "x"}


@pytest.mark.parametrize(
    "extra", [{"CONTENT_LENGTH": "x"}, {"CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked"}]
)
def test_body_without_a_known_length_is_refused_and_not_taken_for_empty(extra):
    assert answer(b"{}", **extra).status_code == 400
