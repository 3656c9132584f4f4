"""What all of Pystachio's objects have: typed, immutable, and not checked before their templates are filled in.

An object only remembers what it was given. Values whose text holds no template are coerced here; the others go over
the bridge to the host's program, so that the rules of templates exist once.
"""
from _borealis import places
from _borealis.errors import CoercionError, InvalidRef, Uninterpolatable, WrongUse, noun
from _borealis.references import Environment, Ref, bindable


class Empty:
    """The value of an attribute that is not set."""


class frozendict(dict):
    """A dict that can be hashed."""

    def __hash__(self):
        return hash(tuple(sorted(self.items(), key=lambda entry: str(entry[0]))))


class TypeCheck:
    """Whether a value is as its type wants it."""

    def __init__(self, ok, message=""):
        self._ok = ok
        self._message = message

    def ok(self):
        return self._ok

    def message(self):
        return self._message

    def __repr__(self):
        return "TypeCheck(OK)" if self._ok else "TypeCheck(FAILED): %s" % self._message


class TypeMeta(type):
    """Two types with the same name and parts are one type, wherever they were declared."""

    def __instancecheck__(cls, value):
        if type.__instancecheck__(cls, value):
            return True
        other = type(value)
        if not isinstance(other, TypeMeta) or other.__name__ != cls.__name__:
            return False
        mine = cls.signature()
        return mine is not None and mine == other.signature()

    def signature(cls):
        if "_signature" not in cls.__dict__:
            cls._signature = cls._sign()
        return cls._signature


class Object(metaclass=TypeMeta):
    _borealis_object = True
    _scopes = ()
    _at = None
    _has_templates = False
    # Whether references can be looked up in it, as in structs, lists and maps.
    _has_names = False
    # bridge.py puts it here: the object with its templates filled in, what nothing binds, and what is wrong.
    _over_bridge = None

    CoercionError = CoercionError

    @classmethod
    def _make(cls, value, spot):
        made = object.__new__(cls)
        made._fill(value, spot)
        return made

    @classmethod
    def _sign(cls):
        return None

    def _copy(self):
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__)
        other.__dict__.pop("_filled", None)
        return other

    def copy(self):
        return self._copy()

    dup = copy

    def bind(self, *args, **values):
        other = self._copy()
        other._scopes = tuple(reversed(_scopes(args, values))) + self._scopes
        place = places.here().place
        if place is not None:
            other._at = place
        return other

    def in_scope(self, *args, **values):
        other = self._copy()
        other._scopes = self._scopes + _scopes(args, values)
        return other

    def scopes(self):
        return self._scopes

    def __mod__(self, values):
        return self.bind(values).interpolate()[0]

    def __ne__(self, other):
        return not self == other

    def interpolate(self):
        if not self._has_templates:
            return self._coerced(), []
        filled, unbound, error = self._fill_templates()
        if error is not None:
            raise error
        return filled, [Ref.from_address(address) for address in unbound]

    def _fill_templates(self):
        if "_filled" not in self.__dict__:
            self._filled = Object._over_bridge(self)
        return self._filled

    def _interpolated(self):
        return self.interpolate()[0]

    def check(self):
        try:
            return self._interpolated()._check()
        except (CoercionError, Uninterpolatable, InvalidRef) as error:
            return TypeCheck(False, "Unable to interpolate: %s" % error)


def _scopes(args, values):
    found = []
    for arg in (*args, values) if values else args:
        scope = bindable(arg)
        if not isinstance(scope, Environment) and not getattr(scope, "_has_names", False):
            raise WrongUse("bind takes name=value, dicts, Environments and objects; this is %s" % noun(arg))
        found.append(scope)
    return tuple(found)


def make(cls, value, spot):
    """The value as an object of the type."""
    if isinstance(value, cls):
        return value
    return cls._make(value, spot)


def type_given(candidate, where):
    if isinstance(candidate, type) and issubclass(candidate, Object):
        return candidate
    raise WrongUse("%s wants a type, as String or Process; this is %s" % (where, noun(candidate)))
