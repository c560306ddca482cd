"""Counts that cost no more on a large table than on a small one."""

from functools import cached_property
from typing import Any

from django.contrib.admin.options import IncorrectLookupParameters
from django.core.paginator import Paginator
from django.db import DataError
from django.db.models import QuerySet
from django.utils.formats import number_format
from django.utils.translation import gettext as _

# Counting stops here.
MOST = 10_000


def capped_count(rows: QuerySet[Any]) -> int:
    """Return how many rows there are, MOST + 1 if they are more than MOST."""
    return rows.order_by()[: MOST + 1].count()


def in_words(count: int) -> str:
    """Return a capped count as people read it."""
    if count > MOST:
        return _("more than %(most)s") % {"most": number_format(MOST, force_grouping=True)}
    return number_format(count, force_grouping=True)


class CappedPaginator(Paginator):  # type: ignore[type-arg]
    """Pages of the first MOST rows. Filters and searches find the others."""

    @cached_property
    def count(self) -> int:
        """Return how many rows there are; raise IncorrectLookupParameters for filters that no row can have.

        A filter from the address may be no text or year of a database, which only the statement shows.
        """
        rows = self.object_list
        try:
            found = capped_count(rows) if isinstance(rows, QuerySet) else len(rows)
        except (DataError, OverflowError, ValueError) as error:
            raise IncorrectLookupParameters(error) from error
        self.is_capped = found > MOST
        return min(found, MOST)
