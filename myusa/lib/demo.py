"""What the demo hands from app to app while it is seeded.

An app contributes by a module `demo.py` with `seed(cast) -> dict`: it is called at every start, in the order
of the layers, must change nothing the second time, and what it returns is merged into `demo.json`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Cast:
    """The people and apps of the demo, and what the console says about them after the start."""

    base_url: str
    # What the last start wrote to demo.json: secrets are remembered there, the database holds digests only.
    remembered: Mapping[str, Any] = field(default_factory=dict)
    # By role: citizen, outsider, developer, staff. The values are users.
    users: dict[str, Any] = field(default_factory=dict)
    # By mode: public, private. The values are apps (developer_apps.models.App).
    apps: dict[str, Any] = field(default_factory=dict)
    # Another public app, which the citizen connected a month ago: tasks and notifications are from it.
    connected_app: Any = None
    tour: list[tuple[str, str, str]] = field(default_factory=list)

    def tell(self, role: str, path: str, what: str) -> None:
        """Add a line to what the demo prints: the page at `path` and what to try there in that role."""
        self.tour.append((role.capitalize(), path, what))

    def recall(self, *keys: str) -> Any:
        """Return what demo.json held under `keys` after the last start, or None."""
        value: Any = self.remembered
        for key in keys:
            if not isinstance(value, Mapping):
                return None
            value = value.get(key)
        return value


def merged(into: dict[str, Any], addition: Mapping[str, Any]) -> dict[str, Any]:
    """Merge nested dictionaries; `addition` wins."""
    for key, value in addition.items():
        if isinstance(value, Mapping) and isinstance(into.get(key), dict):
            merged(into[key], value)
        else:
            into[key] = value
    return into
