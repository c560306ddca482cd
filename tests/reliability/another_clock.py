"""A worker's work done by a process whose clock is wrong, for a few seconds: `python -m tests.reliability.another_clock 3600`."""

import datetime
import sys
import time

import django
import time_machine

django.setup()

from notifications.delivery import claims, drain  # noqa: E402

if __name__ == "__main__":
    wrong = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=float(sys.argv[1]))
    end = time.monotonic() + 4
    for _round in range(20):
        with time_machine.travel(wrong, tick=True):
            claims.take_back()
            claims.give_up()
            drain.drain(seconds=0.5)
        if time.monotonic() > end:
            break
        time.sleep(0.2)
