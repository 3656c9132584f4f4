"""Where in the configuration a value was written.

Each call that builds an object is found again in the syntax tree of its file, by the position that Python keeps for
every instruction. So a value has the place of its own expression, `ram = 0`, and not only that of the call around it.
"""

import ast
import sys

_files = {}
# By the identity of the code object, which is kept with them: its hash takes in all of its constants.
_positions = {}
_spots = {}


class Spot:
    """A value's expression, as far as it is known; else the call that it was given to."""

    __slots__ = ("place", "node", "file", "_parts")

    def __init__(self, place, node=None, file=None):
        self.place = place
        self.node = node
        self.file = file
        # What was asked before, as a call in a loop asks each time.
        self._parts = {}

    def _part(self, key, find):
        part = self._parts.get(key)
        if part is None:
            part = self._parts[key] = find(self, key[1])
        return part

    def of(self, node):
        """The spot of an expression inside this one's file."""
        if node is None or self.file is None:
            return Spot(self.place)
        return Spot(self.file.place(node), node, self.file)

    def item(self, index, count):
        """Of an element, when the list is written out."""
        return self._part(("item", (index, count)), Spot._item) if self.node is not None else self

    def _item(self, which):
        index, count = which
        node = self.node
        if isinstance(node, (ast.List, ast.Tuple)) and len(node.elts) == count:
            if not any(isinstance(element, ast.Starred) for element in node.elts):
                return self.of(node.elts[index])
        return self

    def entry(self, key):
        """Of a dict's value, when the dict is written out with such a key."""
        return self._part(("entry", key), Spot._entry) if self.node is not None and isinstance(key, str) else self

    def _entry(self, key):
        node = self.node
        if isinstance(node, ast.Dict):
            for candidate, value in zip(node.keys, node.values):
                if isinstance(candidate, ast.Constant) and candidate.value == key:
                    return self.of(value)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "dict":
            for keyword in node.keywords:
                if keyword.arg == key:
                    return self.of(keyword.value)
        return self


NOWHERE = Spot(None)


class File:
    """A file of the configuration: its lines, and its calls by position."""

    def __init__(self, name, source):
        self.name = name
        self.lines = source.split("\n")
        self.ascii = source.isascii()
        self.calls = {}

    def learn(self, tree):
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                self.calls[(node.lineno, node.end_lineno, node.col_offset, node.end_col_offset)] = node

    def column(self, line, offset):
        """From 1, in units of UTF-16 as editors count; Python counts bytes of UTF-8 from 0."""
        if self.ascii or line > len(self.lines):
            return offset + 1
        before = self.lines[line - 1].encode()[:offset].decode(errors="replace")
        return len(before.encode("utf-16-le")) // 2 + 1

    def place(self, node):
        return (self.name, node.lineno, self.column(node.lineno, node.col_offset))


def register(name, source):
    file = File(name, source)
    _files[name] = file
    return file


def known(name):
    return _files.get(name)


def forget():
    for table in (_files, _positions, _spots):
        table.clear()


def _position(code, offset):
    known = _positions.get(id(code))
    if known is None:
        known = _positions[id(code)] = (code, list(code.co_positions()))
    table = known[1]
    index = offset // 2
    return table[index] if index < len(table) else (code.co_firstlineno, None, None, None)


def at_frame(file, code, offset):
    """The place of an instruction, and the call that it belongs to."""
    position = _position(code, offset)
    call = file.calls.get(position)
    if call is not None:
        return Spot(file.place(call), call, file)
    line, _, column, _ = position
    return Spot((file.name, line or code.co_firstlineno, file.column(line, column) if line and column is not None else 1))


def here():
    """The innermost call in one of the configuration's files."""
    frame = sys._getframe(1)
    while frame is not None:
        file = _files.get(frame.f_code.co_filename)
        if file is not None:
            code, offset = frame.f_code, frame.f_lasti
            spot = _spots.get((id(code), offset))
            if spot is None:
                spot = _spots[id(code), offset] = at_frame(file, code, offset)
            return spot
        frame = frame.f_back
    return NOWHERE


def argument(spot, position):
    """The spot of a call's positional argument."""
    return spot._part(("argument", position), _argument)


def _argument(spot, position):
    call = spot.node
    if isinstance(call, ast.Call) and position < len(call.args):
        if not any(isinstance(given, ast.Starred) for given in call.args[: position + 1]):
            return spot.of(call.args[position])
    return Spot(spot.place)


def keyword(spot, name):
    """The spot of the value that a call gives for a keyword."""
    return spot._part(("keyword", name), _keyword)


def _keyword(spot, name):
    call = spot.node
    if isinstance(call, ast.Call):
        for given in call.keywords:
            if given.arg == name:
                return spot.of(given.value)
    return Spot(spot.place)
