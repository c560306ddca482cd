"""What the site's own Prometheus counters say in this process."""

from prometheus_client import REGISTRY


def value(name: str, **labels: str) -> float:
    """Return the current value of a counter, for example of `myusa_limits_unchecked_total`."""
    found = REGISTRY.get_sample_value(name, labels)
    if found is None and labels:
        return 0  # a counter with labels begins with its first event
    assert found is not None, f"there is no metric {name}"
    return found
