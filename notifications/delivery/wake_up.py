"""Wakes a worker that sends notifications."""

from myusa.lib.wake_up import WakeUp

wake_up = WakeUp()
wake = wake_up.wake
