"""Steps of things that have a state."""


class InvalidTransition(Exception):
    """Raised when a step is not possible in the current state. The message is a sentence for people."""
