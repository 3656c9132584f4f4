"""Trees as JSON for the host: nodes in one list, children by index, what is shared written once."""

import json
import math

from _borealis.choices import Choiced
from _borealis.containers import Listed, Mapped
from _borealis.errors import TooMuch
from _borealis.objects import Empty
from _borealis.references import Environment
from _borealis.scalars import Boolean, Enumerated, Float, Integer, Scalar, String
from _borealis.structs import Struct

MOST_NODES = 2_000_000
LARGEST_EXACT = 2**53

builtin = {String: "String", Integer: "Integer", Float: "Float", Boolean: "Boolean"}


class Encoder:
    def __init__(self, most_nodes=MOST_NODES):
        self.nodes = []
        self.types = {}
        self.files = []
        self._file_index = {}
        self._type_ids = {}
        self._index = {}
        self._alive = []
        self._most_nodes = most_nodes

    def message(self):
        return {"types": self.types, "nodes": self.nodes, "files": self.files}

    def place(self, place):
        name, line, column = place
        if name not in self._file_index:
            self._file_index[name] = len(self.files)
            self.files.append(name)
        return [self._file_index[name], line, column]

    def type_ref(self, cls):
        if cls in builtin:
            return builtin[cls]
        if cls in self._type_ids:
            return self._type_ids[cls]
        identity = self._type_ids[cls] = "%s#%d" % (cls.__name__, len(self._type_ids) + 1)
        self.types[identity] = self._definition(cls)
        return identity

    def _definition(self, cls):
        if issubclass(cls, Listed):
            return {"kind": "List", "of": self.type_ref(cls.TYPE)}
        if issubclass(cls, Mapped):
            return {"kind": "Map", "key": self.type_ref(cls.KEYTYPE), "value": self.type_ref(cls.VALUETYPE)}
        if issubclass(cls, Enumerated):
            return {"kind": "Enum", "name": cls.__name__, "values": list(cls.VALUES)}
        if issubclass(cls, Choiced):
            return {"kind": "Choice", "name": cls.__name__, "options": [self.type_ref(option) for option in cls.CHOICES]}
        fields = []
        for name, field in cls.TYPEMAP.items():
            row = [name, self.type_ref(field.type), field.required]
            if field.default is not Empty:
                row.append({"node": self.node(field.default)})
            fields.append(row)
        return {"kind": "Struct", "name": cls.__name__, "fields": fields}

    def node(self, value):
        known = self._index.get(id(value))
        if known is not None:
            return known
        wire = {"t": self.type_ref(type(value)), "v": self._value(value)}
        if value._scopes:
            wire["s"] = [self._scope(scope) for scope in value._scopes]
        if value._at is not None:
            wire["at"] = self.place(value._at)
        if len(self.nodes) >= self._most_nodes:
            raise TooMuch("the configuration is larger than %d values" % self._most_nodes)
        self.nodes.append(wire)
        index = self._index[id(value)] = len(self.nodes) - 1
        # An object that nothing else holds would give its id to the next one.
        self._alive.append(value)
        return index

    def _value(self, value):
        if isinstance(value, Scalar):
            return scalar(value._value)
        if isinstance(value, Struct):
            return {name: None if held is Empty else self.node(held) for name, held in value._given.items()}
        if isinstance(value, Listed):
            return [self.node(item) for item in value._items]
        if isinstance(value, Mapped):
            return [[self.node(key), self.node(held)] for key, held in value._pairs]
        held = value._value
        return {"node": self.node(held)} if getattr(held, "_borealis_object", False) else {"plain": held}

    def _scope(self, scope):
        if isinstance(scope, Environment):
            return {
                "env": {
                    address: value if isinstance(value, str) else {"node": self.node(value)}
                    for address, value in scope._table.items()
                }
            }
        return {"node": self.node(scope)}


def scalar(value):
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, int):
        return int(value) if abs(value) <= LARGEST_EXACT else str(value)
    return {"float": float(value)} if math.isfinite(value) else str(value)


def dump(message):
    return json.dumps(message, ensure_ascii=True, separators=(",", ":"), allow_nan=False)


class Decoder:
    """Reads the bridge's answer. The types are known from what was asked, so the answer's own names are not needed."""

    def __init__(self, message):
        self._nodes = message["nodes"]
        self._files = message.get("files", [])
        self._types = message.get("types", {})

    def object(self, index, cls):
        wire = self._nodes[index]
        value = wire["v"]
        if issubclass(cls, Choiced):
            return self._choice(wire, cls)
        made = object.__new__(cls)
        if "at" in wire:
            file, line, column = wire["at"]
            made._at = (self._files[file], line, column)
        if issubclass(cls, Scalar):
            made._value = value["float"] if isinstance(value, dict) else value
            if cls is Float and type(made._value) is int:
                made._value = float(made._value)
            made._has_templates = isinstance(made._value, str) and "{{" in made._value
        elif issubclass(cls, Struct):
            made._given = {
                name: Empty if child is None else self.object(child, cls.TYPEMAP[name].type)
                for name, child in value.items()
                if name in cls.TYPEMAP
            }
            made._note_templates()
        elif issubclass(cls, Listed):
            made._items = tuple(self.object(child, cls.TYPE) for child in value)
            made._has_templates = any(item._has_templates for item in made._items)
        else:
            made._pairs = tuple((self.object(k, cls.KEYTYPE), self.object(v, cls.VALUETYPE)) for k, v in value)
            made._has_templates = any(k._has_templates or v._has_templates for k, v in made._pairs)
        return made

    def _choice(self, wire, cls):
        made = object.__new__(cls)
        value = wire["v"]
        if isinstance(value, dict) and "plain" in value:
            made._value = value["plain"]
            made._has_templates = "{{" in json.dumps(made._value)
            return made
        inner = self._nodes[value["node"]]
        option = next((option for option in cls.CHOICES if self._is(inner["t"], option)), cls.CHOICES[0])
        made._value = self.object(value["node"], option)
        made._has_templates = made._value._has_templates
        return made

    def _is(self, type_ref, option):
        known = self._types.get(type_ref)
        name = known.get("name") if known else type_ref
        return name == option.__name__ or builtin.get(option) == type_ref
