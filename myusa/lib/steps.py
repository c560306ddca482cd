"""Steps of things that have a state."""


class InvalidTransition(Exception):
    """Raised when a step is not possible in the current state. The message is a sentence for people."""


class ConflictOfInterest(InvalidTransition):
    """The person who decides has an interest in the decision. Each such attempt is recorded in the history."""
