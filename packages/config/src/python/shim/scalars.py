"""Values of one piece: text, numbers, booleans and names of an enumeration."""
from _borealis import places
from _borealis.errors import CoercionError, WrongType, WrongUse, WrongValue, closest, noun
from _borealis.objects import Object, TypeCheck, TypeMeta


class Scalar(Object):
    def __init__(self, value):
        spot = places.here()
        self._fill(value, places.argument(spot, 0))

    def _fill(self, value, spot):
        if isinstance(value, Scalar):
            self._scopes = value._scopes
            value = value._value
        elif value is not None and not isinstance(value, (str, int, float)):
            raise WrongType("must be of type %s; this is %s" % (type(self).__name__, noun(value))).about(place=spot.place)
        self._value = value
        self._at = spot.place
        self._has_templates = isinstance(value, str) and "{{" in value

    @classmethod
    def _sign(cls):
        return cls.__name__

    def get(self):
        return self._value

    def _coerced(self):
        value = type(self).coerce(self._value)
        if type(value) is type(self._value) and value == self._value:
            return self
        other = self._copy()
        other._value = value
        return other

    def _check(self):
        try:
            if not self._has_templates:
                type(self).coerce(self._value)
            elif not isinstance(self, String):
                return TypeCheck(False, "%r is not of type %s" % (self._value, type(self).__name__))
        except CoercionError as error:
            return TypeCheck(False, str(error))
        return TypeCheck(True)

    @classmethod
    def _refuse(cls, value):
        raise CoercionError("Cannot coerce '%s' to %s" % (value, cls.__name__))

    def __eq__(self, other):
        if type(self) is not type(other) and not (isinstance(other, Scalar) and isinstance(other, type(self))):
            return False
        return self._interpolated()._value == other._interpolated()._value

    def __lt__(self, other):
        return isinstance(other, type(self)) and self._interpolated()._value < other._interpolated()._value

    def __gt__(self, other):
        return isinstance(other, type(self)) and self._interpolated()._value > other._interpolated()._value

    def __le__(self, other):
        return self == other or self < other

    def __ge__(self, other):
        return self == other or self > other

    def __hash__(self):
        return hash(self._value)

    def __str__(self):
        return str(self._interpolated()._value)

    def __repr__(self):
        return "%s(%s)" % (type(self).__name__, self)


class String(Scalar):
    @classmethod
    def coerce(cls, value):
        if not isinstance(value, (str, int, float)):
            cls._refuse(value)
        return str(value)


class Integer(Scalar):
    @classmethod
    def coerce(cls, value):
        try:
            return int(value)
        except (TypeError, ValueError, OverflowError):
            cls._refuse(value)


class Float(Scalar):
    @classmethod
    def coerce(cls, value):
        try:
            return float(value)
        except (TypeError, ValueError, OverflowError):
            cls._refuse(value)


class Boolean(Scalar):
    @classmethod
    def coerce(cls, value):
        if isinstance(value, (bool, int, float)):
            return bool(value)
        if isinstance(value, str) and value.lower() in ("true", "1"):
            return True
        if isinstance(value, str) and value.lower() in ("false", "0"):
            return False
        cls._refuse(value)


class Enumerated(Scalar):
    VALUES = ()

    def _fill(self, value, spot):
        Scalar._fill(self, value, spot)
        if not self._has_templates and self._value not in self.VALUES:
            raise WrongValue("must be one of %s; this is %r" % (", ".join(self.VALUES), self._value)).about(
                place=spot.place, allowed=list(self.VALUES), suggestion=closest(str(self._value), self.VALUES)
            )

    @classmethod
    def _sign(cls):
        return ("Enum", cls.__name__, tuple(cls.VALUES))

    @classmethod
    def coerce(cls, value):
        if value not in cls.VALUES:
            raise CoercionError(
                "Cannot coerce '%s' to %s: it is not one of %s" % (value, cls.__name__, ", ".join(cls.VALUES))
            )
        return value


def Enum(*parts):
    """`Enum("Name", ["A", "B"])` or `Enum("A", "B")`."""
    if len(parts) == 2 and isinstance(parts[0], str) and isinstance(parts[1], (list, tuple)):
        name, values = parts
    else:
        name, values = "Enum_" + "_".join(map(str, parts)), parts
    if not values or not all(isinstance(value, str) for value in values):
        raise WrongUse("an Enum is made of names, as in Enum('RO', 'RW')")
    return TypeMeta(str(name), (Enumerated,), {"VALUES": tuple(values)})
