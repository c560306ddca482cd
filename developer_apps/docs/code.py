"""Write an example as a program: curl, Python, Ruby and JavaScript."""

import json
from collections.abc import Callable
from http import HTTPStatus
from urllib.parse import urlencode

from django.conf import settings

from developer_apps.contributions import Example

MAX_WIDTH = 88


def status_line(status: int) -> str:
    """Return a status with its phrase: `200 OK`."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def samples(example: Example) -> list[tuple[str, str, str]]:
    """Return the example in each language: slug, name and text."""
    return [(name.lower(), name, write(example)) for name, write in LANGUAGES.items()]


def pretty_json(content: bytes) -> str:
    """Return JSON with indents; anything else as it is."""
    try:
        return json.dumps(json.loads(content), indent=2, ensure_ascii=False)
    except ValueError:
        return content.decode(errors="replace")


def curl(example: Example) -> str:
    parts = ["curl" if example.method == "GET" else f"curl -X {example.method}"]
    if example.basic:
        parts[0] += " -u {client_id}:{client_secret}"
    parts[0] += f" '{_url(example)}'" if "?" in example.path else f" {_url(example)}"
    parts += [f"-H '{name}: {value}'" for name, value in example.all_headers.items()]
    parts += [f"-d '{name}={value}'" for name, value in (example.form or {}).items()]
    if example.body is not None:
        parts.append(f"-d '{_value(example.body, json_text)}'")
    return " \\\n  ".join(parts)


def python(example: Example) -> str:
    headers = {k: v for k, v in example.all_headers.items() if not (k == "Content-Type" and example.body is not None)}
    arguments = [f'"{_url(example)}"']
    if example.basic:
        arguments.append('auth=("{client_id}", "{client_secret}")')
    if headers:
        arguments.append(f"headers={_value(headers, _python, 4)}")
    if example.form is not None:
        arguments.append(f"data={_value(example.form, _python, 4)}")
    if example.body is not None:
        arguments.append(f"json={_value(example.body, _python, 4)}")
    inner = ",\n    ".join(arguments)
    return (
        "import requests\n\n"
        f"response = requests.{example.method.lower()}(\n    {inner},\n    timeout=10,\n)\n"
        "response.raise_for_status()\nprint(response.json())"
    )


def ruby(example: Example) -> str:
    lines = [
        'require "json"',
        'require "net/http"',
        "",
        f'url = URI("{_url(example)}")',
        f"request = Net::HTTP::{example.method.capitalize()}.new(url)",
    ]
    if example.basic:
        lines.append('request.basic_auth("{client_id}", "{client_secret}")')
    lines += [f'request["{name}"] = "{value}"' for name, value in example.all_headers.items()]
    if example.form is not None:
        lines.append(f"request.set_form_data({_value(example.form, _ruby)})")
    if example.body is not None:
        lines.append(f"request.body = {_value(example.body, _ruby)}.to_json")
    lines += [
        'response = Net::HTTP.start(url.host, url.port, use_ssl: url.scheme == "https") do |http|',
        "  http.request(request)",
        "end",
        "puts JSON.parse(response.body)",
    ]
    return "\n".join(lines)


def javascript(example: Example) -> str:
    headers = dict(example.all_headers)
    lines = [f'const response = await fetch("{_url(example)}", {{', f'  method: "{example.method}",']
    shown = [f"    {json.dumps(name)}: {json.dumps(value)}," for name, value in headers.items()]
    if example.basic:
        shown.append('    Authorization: "Basic " + btoa("{client_id}:{client_secret}"),')
    if shown:
        lines += ["  headers: {", *shown, "  },"]
    if example.form is not None:
        lines.append(f"  body: new URLSearchParams({_value(example.form, json_text, 2)}),")
    if example.body is not None:
        lines.append(f"  body: JSON.stringify({_value(example.body, json_text, 2)}),")
    lines += [
        "});",
        "if (!response.ok) throw new Error((await response.json()).errors[0].code);",
        "console.log(await response.json());",
    ]
    return "\n".join(lines)


def http(example: Example) -> str:
    """Return the request as it goes over the wire, for those who read HTTP."""
    lines = [f"{example.method} {example.path}"]
    if example.basic:
        lines.append("Authorization: Basic {client_id}:{client_secret}")
    lines += [f"{name}: {value}" for name, value in example.all_headers.items()]
    if example.form is not None:
        lines += ["", urlencode(example.form, safe="{}:/")]
    if example.body is not None:
        lines += ["", json.dumps(example.body, indent=2, ensure_ascii=False)]
    return "\n".join(lines)


LANGUAGES: dict[str, Callable[[Example], str]] = {
    "curl": curl,
    "Python": python,
    "Ruby": ruby,
    "JavaScript": javascript,
}


def _url(example: Example) -> str:
    return settings.BASE_URL + example.path


def json_text(value: object, indent: int | None = None) -> str:
    return json.dumps(value, indent=indent, ensure_ascii=False)


def _python(value: object, indent: int | None = None) -> str:
    text = json_text(value, indent)
    return text.replace(": true", ": True").replace(": false", ": False").replace(": null", ": None")


def _ruby(value: object, indent: int | None = None) -> str:
    return json_text(value, indent).replace(": null", ": nil")


def _value(value: object, write: Callable[..., str], depth: int = 0) -> str:
    """Write a value on one line if it is short, else on several, `depth` spaces further in."""
    short = write(value)
    if len(short) + depth + 20 <= MAX_WIDTH:
        return short
    return write(value, 2 if depth < 4 else 4).replace("\n", "\n" + " " * depth)
