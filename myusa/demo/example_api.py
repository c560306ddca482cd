"""The example API of the demo: Case Status and FOIA requests, served by a process of its own next to the site.

It is the program in `examples/case_status_api`, a registered resource server: it asks the demo about each token and
reports outcomes. Its sandbox and production are on the two ports after the site's.
"""

import os
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from django.conf import settings

PROGRAM = settings.BASE_DIR / "examples" / "case_status_api" / "server.py"
STOP_SECONDS = 5


class ExampleApi:
    """The running program. It ends with this process, however that ends: its input closes then."""

    def __init__(self, content: Mapping[str, Any]) -> None:
        server = content["resource_servers"]["case-status"]
        urls = content["products"]["case-status"]["base_urls"]
        names = {
            "MYUSA": content["base_url"],
            "MYUSA_CLIENT_ID": server["client_id"],
            "MYUSA_CLIENT_SECRET": server["client_secret"],
        }
        ports = [f"{environment}={url.rsplit(':', 1)[1]}" for environment, url in urls.items()]
        self.process = subprocess.Popen(
            [sys.executable, str(PROGRAM), *ports, "--until-input-closes"],
            env={**os.environ, **names},
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
        )

    def stop(self) -> None:
        """End the program."""
        self.process.terminate()
        self.process.wait(STOP_SECONDS)
