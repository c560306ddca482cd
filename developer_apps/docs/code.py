"""Write an example as a program: curl, Python, Ruby and JavaScript."""

import json
from collections.abc import Callable
from urllib.parse import urlencode

from django.conf import settings

from developer_apps.contributions import Example


def curl(example: Example) -> str:
    parts = ["curl" if example.method == "GET" else f"curl -X {example.method}"]
    if example.basic:
        parts[0] += " -u {client_id}:{client_secret}"
    parts[0] += f" '{_url(example)}'" if "?" in example.path else f" {_url(example)}"
    parts += [f"-H '{name}: {value}'" for name, value in example.all_headers.items()]
    parts += [f"-d '{name}={value}'" for name, value in (example.form or {}).items()]
    if example.body is not None:
        parts.append(f"-d '{json.dumps(example.body, ensure_ascii=False)}'")
    return " \\\n  ".join(parts)


def python(example: Example) -> str:
    headers = {k: v for k, v in example.all_headers.items() if not (k == "Content-Type" and example.body is not None)}
    arguments = [f'"{_url(example)}"']
    if example.basic:
        arguments.append('auth=("{client_id}", "{client_secret}")')
    if headers:
        arguments.append(f"headers={_python(headers)}")
    if example.form is not None:
        arguments.append(f"data={_python(example.form)}")
    if example.body is not None:
        arguments.append(f"json={_python(example.body)}")
    inner = ",\n    ".join(arguments)
    return (
        "import requests\n\n"
        f"answer = requests.{example.method.lower()}(\n    {inner},\n    timeout=10,\n)\n"
        "answer.raise_for_status()\nprint(answer.json())"
    )


def ruby(example: Example) -> str:
    lines = [
        'require "json"',
        'require "net/http"',
        "",
        f'address = URI("{_url(example)}")',
        f"request = Net::HTTP::{example.method.capitalize()}.new(address)",
    ]
    if example.basic:
        lines.append('request.basic_auth("{client_id}", "{client_secret}")')
    lines += [f'request["{name}"] = "{value}"' for name, value in example.all_headers.items()]
    if example.form is not None:
        lines.append(f"request.set_form_data({_ruby(example.form)})")
    if example.body is not None:
        lines.append(f"request.body = {_ruby(example.body)}.to_json")
    lines += [
        'answer = Net::HTTP.start(address.host, address.port, use_ssl: address.scheme == "https") { |http| http.request(request) }',
        "puts JSON.parse(answer.body)",
    ]
    return "\n".join(lines)


def javascript(example: Example) -> str:
    headers = dict(example.all_headers)
    lines = [f'const answer = await fetch("{_url(example)}", {{', f'  method: "{example.method}",']
    shown = [f"    {json.dumps(name)}: {json.dumps(value)}," for name, value in headers.items()]
    if example.basic:
        shown.append('    Authorization: "Basic " + btoa("{client_id}:{client_secret}"),')
    if shown:
        lines += ["  headers: {", *shown, "  },"]
    if example.form is not None:
        fields = ", ".join(f"{name}: {json.dumps(value)}" for name, value in example.form.items())
        lines.append(f"  body: new URLSearchParams({{ {fields} }}),")
    if example.body is not None:
        lines.append(f"  body: JSON.stringify({json.dumps(example.body, ensure_ascii=False)}),")
    lines += [
        "});",
        "if (!answer.ok) throw new Error((await answer.json()).errors[0].code);",
        "console.log(await answer.json());",
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


def _python(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text.replace(": true", ": True").replace(": false", ": False").replace(": null", ": None")


def _ruby(value: object) -> str:
    return json.dumps(value, ensure_ascii=False).replace(": null", ": nil")
