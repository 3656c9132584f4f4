"""Addresses such as `profile.ports[http]`, and tables that bind them."""

import re

from _borealis.errors import InvalidRef, WrongUse, noun

_STEP = re.compile(r"\.([^\W\d]\w*)|\[([\w\-./]+)\]")


def _split(address):
    if not isinstance(address, str) or not address:
        raise InvalidRef("%r is not an address" % (address,))
    text = address if address[0] in ".[" else "." + address
    steps, end = [], 0
    while end < len(text):
        match = _STEP.match(text, end)
        if match is None:
            raise InvalidRef("%r is not an address; it is made of names, `.name` and `[index]`" % address)
        steps.append(match.group(0))
        end = match.end()
    return tuple(steps)


class Ref:
    """An address, taken apart."""

    __slots__ = ("_steps",)

    InvalidRefError = InvalidRef

    def __init__(self, steps):
        self._steps = tuple(steps)

    @staticmethod
    def from_address(address):
        return Ref(_split(address))

    @staticmethod
    def wrap(value):
        return value if isinstance(value, Ref) else Ref.from_address(value)

    def address(self):
        joined = "".join(self._steps)
        return joined[1:] if joined.startswith(".") else joined

    def components(self):
        return self._steps

    def __add__(self, other):
        return Ref(self._steps + other._steps)

    def __eq__(self, other):
        return isinstance(other, Ref) and self._steps == other._steps

    def __hash__(self):
        return hash(self._steps)

    def __lt__(self, other):
        return (len(self._steps), self._steps) < (len(other._steps), other._steps)

    def __str__(self):
        return "{{%s}}" % self.address()

    def __repr__(self):
        return "Ref(%s)" % self.address()


class Environment:
    """Values by address. What it does not hold itself it finds inside the objects it holds."""

    __slots__ = ("_table",)

    def __init__(self, *tables, **values):
        self._table = {}
        for table in (*tables, values):
            if isinstance(table, Environment):
                self._table.update(table._table)
            elif isinstance(table, dict):
                self._take(table)
            else:
                raise WrongUse("an Environment is made of dicts; this is %s" % noun(table))

    def _take(self, values):
        for key, value in values.items():
            prefix = Ref.wrap(key)
            bound = bindable(value)
            if isinstance(bound, Environment):
                for inner, deep in bound._table.items():
                    self._table[(prefix + Ref.from_address(inner)).address()] = deep
            else:
                self._table[prefix.address()] = bound

    def __repr__(self):
        return "Environment(%r)" % (self._table,)


def bindable(value):
    """A bound value as it is kept: text, an object, or a table of those."""
    if isinstance(value, Environment) or getattr(value, "_borealis_object", False):
        return value
    if isinstance(value, dict):
        return Environment(value)
    if isinstance(value, (str, int, float)):
        return str(value)
    raise WrongUse("only text, numbers, dicts and objects can be bound; this is %s" % noun(value))
