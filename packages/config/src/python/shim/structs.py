"""Objects with named attributes: those of Aurora, and the profiles of configurations."""

import json
from collections.abc import Mapping

from _borealis import flaws, places
from _borealis.errors import NotMapping, UnknownAttribute, WrongType, WrongValue, closest, noun
from _borealis.objects import Empty, Object, TypeCheck, TypeMeta, frozendict, make, type_given
from _borealis.places import NOWHERE


class Field:
    """What a Struct says of one of its attributes."""

    __slots__ = ("type", "required", "default")

    def __init__(self, of, required=False, default=Empty):
        self.type = of
        self.required = required
        self.default = default


def Required(of):
    return Field(type_given(of, "Required(…)"), required=True)


def Default(of, value):
    type_given(of, "Default(…)")
    return Field(of, default=value if value is Empty else make(of, value, places.argument(places.here(), 1)))


class StructMeta(TypeMeta):
    def __new__(mcs, name, bases, attributes):
        fields = {}
        for base in bases:
            fields.update(getattr(base, "TYPEMAP", {}))
        for key in list(attributes):
            value = attributes[key]
            if isinstance(value, type) and issubclass(value, Object):
                value = Field(value)
            if isinstance(value, Field):
                fields[key] = value
                del attributes[key]
        attributes["TYPEMAP"] = fields
        return type.__new__(mcs, name, bases, attributes)


class Struct(Object, metaclass=StructMeta):
    _has_names = True

    def __init__(self, *args, **values):
        spot = places.here()
        self._at = spot.place
        given = {}
        for index, arg in enumerate(args):
            if not isinstance(arg, Mapping):
                raise NotMapping(
                    "%s takes name=value or a dict; this is %s" % (type(self).__name__, noun(arg))
                ).about(place=places.argument(spot, index).place)
            where = places.argument(spot, index)
            for name, value in arg.items():
                self._give(given, name, value, where.entry(name))
        for name, value in values.items():
            self._give(given, name, value, places.keyword(spot, name))
        self._given = given
        self._note_templates()

    @classmethod
    def _make(cls, value, spot):
        if not isinstance(value, Mapping):
            raise NotMapping("must be of type %s or a dict; this is %s" % (cls.__name__, noun(value))).about(
                place=spot.place
            )
        made = object.__new__(cls)
        made._at = spot.place
        made._given = {}
        for name, held in value.items():
            made._give(made._given, name, held, spot.entry(name))
        made._note_templates()
        return made

    def _note_templates(self):
        given = self._given
        for name, field in self.TYPEMAP.items():
            value = given[name] if name in given else field.default
            if value is not Empty and value._has_templates:
                self._has_templates = True
                return
        self._has_templates = False

    def _give(self, given, name, value, spot):
        if name in self.TYPEMAP:
            given[name] = self._field(name, value, spot)
        else:
            flaws.note(self._unknown(name, spot.place))

    def _field(self, name, value, spot):
        field = self.TYPEMAP[name]
        if value is Empty or isinstance(value, field.type):
            return value
        try:
            return field.type._make(value, spot)
        except (WrongType, WrongValue) as error:
            if not error.path:
                error.args = ("%s.%s %s" % (type(self).__name__, name, error.args[0]),)
                error.path = name
            raise

    @classmethod
    def _unknown(cls, name, place):
        near = closest(str(name), cls.TYPEMAP)
        brief = "%s has no attribute %r" % (cls.__name__, name)
        error = UnknownAttribute("%s; did you mean %r?" % (brief, near) if near else brief)
        error.brief = brief
        return error.about(place=place, suggestion=near, allowed=list(cls.TYPEMAP))

    @classmethod
    def _sign(cls):
        return ("Struct", cls.__name__, tuple(sorted((name, f.required, f.type.signature()) for name, f in cls.TYPEMAP.items())))

    def _value_of(self, name):
        given = self._given
        return given[name] if name in given else self.TYPEMAP[name].default

    def __call__(self, **values):
        spot = places.here()
        other = self._copy()
        other._given = dict(self._given)
        for name, value in values.items():
            self._give(other._given, name, value, places.keyword(spot, name))
        if spot.place is not None:
            other._at = spot.place
        other._note_templates()
        return other

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        if name.startswith("has_") and name[4:] in self.TYPEMAP:
            return lambda: self._value_of(name[4:]) is not Empty
        if name not in self.TYPEMAP:
            raise self._unknown(name, None)
        return lambda: self._read(name)

    def _read(self, name):
        value = self._value_of(name)
        if value is Empty or not value._has_templates:
            return value if value is Empty else self._rewrap(name, value._coerced())
        filled, _, error = self._fill_templates()
        found = filled._value_of(name) if filled is not None else Empty
        # An error elsewhere in the object is no error of this attribute.
        if error is not None and (found is Empty or found._has_templates):
            raise error
        return found

    def _rewrap(self, name, value):
        of = self.TYPEMAP[name].type
        return value if isinstance(value, of) else of._make(value, NOWHERE)

    def _set_values(self):
        return {name: value for name in self.TYPEMAP if (value := self._value_of(name)) is not Empty}

    def _coerced(self):
        other = self._copy()
        other._given = {
            name: value if value is Empty else self._rewrap(name, value._coerced()) for name, value in self._given.items()
        }
        return other

    def _check(self):
        for name, field in self.TYPEMAP.items():
            value = self._value_of(name)
            if value is Empty:
                if field.required:
                    return TypeCheck(False, "%s[%s] is required." % (type(self).__name__, name))
                continue
            check = value._check()
            if not check.ok():
                return TypeCheck(False, "%s[%s] failed: %s" % (type(self).__name__, name, check.message()))
        return TypeCheck(True)

    def get(self):
        return frozendict((name, value.get()) for name, value in self._set_values().items())

    def __eq__(self, other):
        if not isinstance(other, Struct) or type(self).signature() != type(other).signature():
            return False
        return self._interpolated()._set_values() == other._interpolated()._set_values()

    def __hash__(self):
        return hash(self.get())

    def __repr__(self):
        name = type(self).__name__
        values = self._interpolated()._set_values().items()
        return "%s(%s)" % (name, (",\n" + " " * (len(name) + 1)).join("%s=%s" % pair for pair in values))

    @classmethod
    def json_loads(cls, text, strict=False):
        values = json.loads(text)
        return cls(values if strict else cls._known(values))

    @classmethod
    def json_load(cls, stream, strict=False):
        return cls.json_loads(stream.read(), strict)

    @classmethod
    def _known(cls, values):
        if not isinstance(values, dict):
            return values
        known = {}
        for name, value in values.items():
            if name in cls.TYPEMAP:
                of = cls.TYPEMAP[name].type
                known[name] = of._known(value) if issubclass(of, Struct) else value
        return known

    def json_dumps(self):
        return json.dumps(self._interpolated().get())

    def json_dump(self, stream):
        stream.write(self.json_dumps())
