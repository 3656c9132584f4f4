"""Values that may be of several types, decided when their templates are filled in."""

import json

from _borealis import places
from _borealis.errors import CoercionError, WrongType, WrongUse, noun
from _borealis.objects import Object, TypeCheck, TypeMeta, type_given
from _borealis.places import NOWHERE


class Choiced(Object):
    CHOICES = ()

    def __init__(self, value):
        spot = places.here()
        self._fill(value, places.argument(spot, 0))

    def _fill(self, value, spot):
        self._at = spot.place
        if isinstance(value, Choiced):
            value = value._value
        if not isinstance(value, Object):
            value = self._settle(value, spot)
        elif not any(isinstance(value, option) for option in self.CHOICES):
            raise WrongType(
                "must be one of %s; this is %s" % (", ".join(option.__name__ for option in self.CHOICES), noun(value))
            ).about(place=spot.place, allowed=[option.__name__ for option in self.CHOICES])
        self._value = value
        self._has_templates = value._has_templates if isinstance(value, Object) else "{{" in json.dumps(value)

    def _settle(self, value, spot):
        """Plain data waits for its templates; with objects inside it has to become one of the types now."""
        try:
            json.dumps(value)
            return value
        except (TypeError, ValueError):
            pass
        for option in self.CHOICES:
            try:
                return option._make(value, spot)
            except (ValueError, AttributeError):
                continue
        raise WrongType(
            "must be one of %s; this is %s" % (", ".join(option.__name__ for option in self.CHOICES), noun(value))
        ).about(place=spot.place)

    @classmethod
    def _sign(cls):
        return ("Choice", cls.__name__, tuple(option.signature() for option in cls.CHOICES))

    def _coerced(self):
        if isinstance(self._value, Object):
            return self._value._coerced()
        for option in self.CHOICES:
            try:
                made = option._make(self._value, NOWHERE)._coerced()
                if made._check().ok():
                    return made
            except (ValueError, AttributeError):
                continue
        raise CoercionError("Cannot coerce '%s' to %s" % (self._value, type(self).__name__))

    def unwrap(self):
        return self._interpolated()

    def _check(self):
        value = self._coerced()
        return value._check()

    def get(self):
        return self.unwrap().get()

    def __eq__(self, other):
        return isinstance(other, Choiced) and self._interpolated() == other._interpolated()

    def __hash__(self):
        return hash(self.get())

    def __str__(self):
        return str(self.unwrap())

    def __repr__(self):
        return "%s(%r)" % (type(self).__name__, self._value)


def Choice(*parts):
    """`Choice([A, B])` or `Choice("Name", [A, B])`."""
    options = parts[-1] if parts else ()
    if not isinstance(options, (list, tuple)) or not options:
        raise WrongUse("a Choice is made of a list of types, as in Choice([Integer, String])")
    for option in options:
        type_given(option, "Choice(…)")
    name = parts[0] if len(parts) == 2 else "Choice_" + "_".join(option.__name__ for option in options)
    return TypeMeta(str(name), (Choiced,), {"CHOICES": tuple(options)})
