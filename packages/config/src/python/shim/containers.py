"""Lists and maps."""

from collections.abc import Mapping, Sequence

from _borealis import places
from _borealis.errors import WrongType, noun
from _borealis.objects import Object, TypeCheck, TypeMeta, frozendict, make, type_given
from _borealis.places import NOWHERE


class Listed(Object):
    _has_names = True
    TYPE = None

    def __init__(self, values):
        spot = places.here()
        self._fill(values, places.argument(spot, 0))

    def _fill(self, values, spot):
        if not isinstance(values, Sequence) or isinstance(values, (str, bytes)):
            if not isinstance(values, Listed):
                raise WrongType("must be a list; this is %s" % noun(values)).about(
                    place=spot.place, suggestion="[…]" if isinstance(values, (str, Object)) else None
                )
            values = values._items
        count, of = len(values), self.TYPE
        self._items = tuple(make(of, value, spot.item(index, count)) for index, value in enumerate(values))
        self._at = spot.place
        self._has_templates = any(item._has_templates for item in self._items)

    @classmethod
    def _sign(cls):
        return ("List", cls.TYPE.signature())

    def _coerced(self):
        other = self._copy()
        other._items = tuple(item._coerced() for item in self._items)
        return other

    def _check(self):
        for item in self._items:
            check = item._check()
            if not check.ok():
                return TypeCheck(False, "Element in %s failed check: %s" % (type(self).__name__, check.message()))
        return TypeCheck(True)

    def get(self):
        return tuple(item.get() for item in self._items)

    def __iter__(self):
        return iter(self._interpolated()._items)

    def __getitem__(self, index):
        return self._interpolated()._items[index]

    def __len__(self):
        return len(self._items)

    # An object without a length is true; lists have one here, and must stay true when they are empty.
    def __bool__(self):
        return True

    def __contains__(self, item):
        filled = self._interpolated()
        return item in filled._items if isinstance(item, self.TYPE) else item in filled.get()

    def __add__(self, other):
        return list(self) + list(other)

    def __radd__(self, other):
        return list(other) + list(self)

    def __eq__(self, other):
        if not isinstance(other, Listed) or self.TYPE.signature() != other.TYPE.signature():
            return False
        return self._interpolated()._items == other._interpolated()._items

    def __hash__(self):
        return hash(self._interpolated().get())

    def __repr__(self):
        return "%s(%s)" % (type(self).__name__, ", ".join(str(item) for item in self))


class Mapped(Object):
    _has_names = True
    KEYTYPE = None
    VALUETYPE = None

    def __init__(self, *args):
        spot = places.here()
        value = args[0] if len(args) == 1 and isinstance(args[0], (Mapping, Mapped)) else args
        self._fill(value, places.argument(spot, 0))

    def _fill(self, value, spot):
        if isinstance(value, Mapped):
            pairs = value._pairs
        elif isinstance(value, Mapping):
            pairs = tuple(value.items())
        elif isinstance(value, (list, tuple)) and all(isinstance(pair, (list, tuple)) and len(pair) == 2 for pair in value):
            pairs = tuple(value)
        else:
            raise WrongType("must be a dict; this is %s" % noun(value)).about(place=spot.place)
        self._pairs = tuple(
            (make(self.KEYTYPE, key, spot), make(self.VALUETYPE, held, spot.entry(key))) for key, held in pairs
        )
        self._at = spot.place
        self._has_templates = any(key._has_templates or held._has_templates for key, held in self._pairs)

    @classmethod
    def _sign(cls):
        return ("Map", cls.KEYTYPE.signature(), cls.VALUETYPE.signature())

    def _coerced(self):
        other = self._copy()
        other._pairs = tuple((key._coerced(), value._coerced()) for key, value in self._pairs)
        return other

    def _check(self):
        for key, value in self._pairs:
            for part in (key, value):
                check = part._check()
                if not check.ok():
                    return TypeCheck(False, "%s[%s] failed check: %s" % (type(self).__name__, key, check.message()))
        return TypeCheck(True)

    def get(self):
        return frozendict((key.get(), value.get()) for key, value in self._pairs)

    def __iter__(self):
        return (key for key, _ in self._interpolated()._pairs)

    def __len__(self):
        return len(self._pairs)

    def __bool__(self):
        return True

    def __getitem__(self, key):
        try:
            wanted = make(self.KEYTYPE, key, NOWHERE)
        except ValueError:
            raise KeyError("%r is no %s" % (key, self.KEYTYPE.__name__)) from None
        for candidate, value in self._interpolated()._pairs:
            if candidate == wanted:
                return value
        raise KeyError("%s not found" % key)

    def __contains__(self, key):
        try:
            self[key]
            return True
        except KeyError:
            return False

    def __eq__(self, other):
        return (
            isinstance(other, Mapped)
            and type(self).signature() == type(other).signature()
            and self._interpolated()._pairs == other._interpolated()._pairs
        )

    def __hash__(self):
        return hash(self._interpolated().get())

    def __repr__(self):
        pairs = self._interpolated()._pairs
        return "%s(%s)" % (type(self).__name__, ", ".join("%s => %s" % pair for pair in pairs))


_lists = {}
_maps = {}


def List(of):
    type_given(of, "List(…)")
    if of not in _lists:
        _lists[of] = TypeMeta("%sList" % of.__name__, (Listed,), {"TYPE": of})
    return _lists[of]


def Map(key, value):
    type_given(key, "Map(…)")
    type_given(value, "Map(…)")
    if (key, value) not in _maps:
        name = "%s%sMap" % (key.__name__, value.__name__)
        _maps[key, value] = TypeMeta(name, (Mapped,), {"KEYTYPE": key, "VALUETYPE": value})
    return _maps[key, value]
