"""What tests of accounts share."""

from contextlib import ExitStack
from typing import Any

import pytest

from accounts import contributions


@pytest.fixture
def contribute():
    """Replace what all apps contribute to accounts by one contribution with the given fields."""
    with ExitStack() as stack:

        def replace(**fields: Any) -> None:
            contribution = contributions.AccountContribution("test", **fields)
            stack.enter_context(contributions.registered.replaced(contribution))

        yield replace
