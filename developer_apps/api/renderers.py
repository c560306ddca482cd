"""How responses of the resource APIs are written."""

from rest_framework.renderers import JSONRenderer


class JSONWithCharset(JSONRenderer):
    """JSON whose media type names UTF-8, as the first version of this API wrote it and published clients expect."""

    charset = "utf-8"
