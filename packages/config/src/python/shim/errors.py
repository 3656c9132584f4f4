"""What a configuration can do wrong, with what a person needs to put it right."""

import difflib


class Problem(Exception):
    """Comes beside Python's own exceptions, so that a configuration may catch them by their usual names."""

    rule = "load"
    allowed = None
    suggestion = None
    place = None
    path = ""
    # The message without the suggestion, for those who show that by themselves.
    brief = None

    def about(self, rule=None, place=None, allowed=None, suggestion=None):
        if rule is not None:
            self.rule = rule
        self.place = place
        self.allowed = allowed
        self.suggestion = suggestion
        return self


class UnknownAttribute(Problem, AttributeError):
    rule = "unknown-attribute"


class CoercionError(Problem, ValueError):
    rule = "type"


class WrongValue(Problem, ValueError):
    rule = "value"


class WrongType(Problem, ValueError):
    rule = "type"


class NotMapping(WrongType):
    pass


class WrongUse(Problem, ValueError):
    pass


class InvalidRef(Problem):
    rule = "template"


class Uninterpolatable(Problem):
    rule = "template"


class LoadError(Problem):
    pass


class TooMuch(Problem):
    rule = "limit"


def closest(word, candidates):
    """What was probably meant; None where nothing is near."""
    candidates = list(candidates)
    lowered = {candidate.lower(): candidate for candidate in candidates}
    if word.lower() in lowered:
        return lowered[word.lower()]
    begins = [candidate for candidate in candidates if len(word) > 2 and candidate.lower().startswith(word.lower())]
    if len(begins) == 1:
        return begins[0]
    near = difflib.get_close_matches(word, candidates, 1, 0.7)
    return near[0] if near else None


def noun(value):
    """What a value is, for a message."""
    if value is None:
        return "None"
    names = {
        str: "text", bool: "a boolean", int: "a number", float: "a number", list: "a list", tuple: "a tuple",
        dict: "a dict", set: "a set", bytes: "bytes",
    }
    if type(value) in names:
        return names[type(value)]
    if isinstance(value, type):
        return "the type %s (without parentheses, nothing is built)" % value.__name__
    if callable(value) and hasattr(value, "__name__"):
        return "the function %s" % value.__name__
    return "an object of type %s" % type(value).__name__
