"""What is wrong with a configuration and does not keep the rest of it from being read: told together, at the end."""

MOST = 1000

_noted = None


def gather():
    """From now on flaws are noted."""
    global _noted
    _noted = []


def noted():
    return _noted or []


def note(error):
    """Raises it where nobody gathers, where nobody could tell its place, and when there are too many."""
    if _noted is None or error.place is None or len(_noted) >= MOST:
        raise error
    _noted.append(error)
