"""gunicorn's threaded worker, made to end without resetting anybody."""

from gunicorn.workers.gthread import ThreadWorker


class DrainingWorker(ThreadWorker):
    """Before it stops, it takes the connections that already wait in the listen queue, then refuses new ones.

    The stock worker leaves them there while it finishes what it has in hand, and resets them when it closes the
    socket: requests that clients have sent would get no answer. A refused client knows that nothing was sent.
    """

    def set_accept_enabled(self, enabled: bool) -> None:
        super().set_accept_enabled(enabled)
        if not enabled and not self.alive:
            for listener in self.sockets:
                self._take_waiting(listener)
                listener.close()

    def _take_waiting(self, listener: object) -> None:
        taken = -1
        while taken != self.nr_conns:
            taken = self.nr_conns
            self.accept(listener)
