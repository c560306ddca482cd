"""What the site's own Prometheus counters say in this process."""

from prometheus_client import REGISTRY


def value(name: str) -> float:
    """Return the current value of a counter, for example of `myusa_limits_unchecked_total`."""
    found = REGISTRY.get_sample_value(name)
    assert found is not None, f"there is no metric {name}"
    return found
