"""Waking a worker that sends notifications."""

from myusa.lib.wake_up import WakeUp

wake = WakeUp("notifications.jobs.deliver").wake
