"""What an app's calls of a period were summed to, by day and by hour, and which single calls are in no sum yet."""

import datetime
from dataclasses import dataclass

from django.db.models import QuerySet, Sum

from developer_apps.models import App
from developer_apps.models.traffic import Call
from developer_apps.models.traffic_sums import DailyReach, DailyTraffic, HourlyReach, HourlyTraffic
from developer_apps.traffic.evidence import ONE_DAY, midnight, outside, whole_day

ONE_HOUR = datetime.timedelta(hours=1)


def hour_of(moment: datetime.datetime) -> datetime.datetime:
    """Return the beginning of the hour of a moment, in UTC."""
    return moment.astimezone(datetime.UTC).replace(minute=0, second=0, microsecond=0)


@dataclass(frozen=True)
class Summed:
    """An app's sums of the UTC days from `first` to `last`, both included. Hours are only those of days without sums."""

    app: App
    first: datetime.date
    last: datetime.date
    days: dict[datetime.date, int]
    hours: dict[datetime.datetime, int]

    @classmethod
    def of(cls, app: App, first: datetime.date, last: datetime.date) -> "Summed":
        """Return the days and hours that have sums, each with its number of calls."""
        by_day = DailyTraffic.objects.filter(app=app, day__range=(first, last)).order_by()
        days = dict(by_day.values_list("day").annotate(Sum("calls")))
        by_hour = HourlyTraffic.objects.filter(app=app, hour__gte=midnight(first), hour__lt=midnight(last + ONE_DAY))
        hours = dict(by_hour.order_by().values_list("hour").annotate(Sum("calls")))
        return cls(app, first, last, days, {hour: calls for hour, calls in hours.items() if _day(hour) not in days})

    @property
    def calls(self) -> int:
        """The number of calls in the sums."""
        return sum(self.days.values()) + sum(self.hours.values())

    def daily(self) -> QuerySet[DailyTraffic]:
        return DailyTraffic.objects.filter(app=self.app, day__in=self.days).order_by()

    def hourly(self) -> QuerySet[HourlyTraffic]:
        return HourlyTraffic.objects.filter(app=self.app, hour__in=self.hours).order_by()

    def daily_reach(self) -> QuerySet[DailyReach]:
        return DailyReach.objects.filter(app=self.app, day__in=self.days).order_by()

    def hourly_reach(self) -> QuerySet[HourlyReach]:
        return HourlyReach.objects.filter(app=self.app, hour__in=self.hours).order_by()

    def live(self) -> QuerySet[Call]:
        """Return the single calls of the period that are in none of the sums, in no order."""
        taken = [*map(whole_day, self.days), *((hour, hour + ONE_HOUR) for hour in self.hours)]
        return Call.objects.filter(
            outside(midnight(self.first), midnight(self.last + ONE_DAY), taken), app=self.app
        ).order_by()


def _day(moment: datetime.datetime) -> datetime.date:
    return moment.astimezone(datetime.UTC).date()
