"""Habits of Python 2 that configurations have, kept working in Python 3.

What is a name is simply given (`xrange`, a `map` that makes a list). What is syntax is rewritten in the tree, with the
positions left as they were: `/` between whole numbers, and `.items()` and its kin, which made lists.
"""

import ast
import builtins
import functools

from _borealis.errors import LoadError

_LISTS = {
    "items": "items", "keys": "keys", "values": "values",
    "iteritems": "items", "iterkeys": "keys", "itervalues": "values",
}


def divide(left, right):
    if isinstance(left, int) and isinstance(right, int):
        return left // right
    return left / right


def method(value, name):
    """A dict's method as Python 2 had it; anything else's as it is."""
    if not isinstance(value, dict):
        return getattr(value, name)
    if name == "has_key":
        return value.__contains__
    return lambda: list(getattr(value, _LISTS[name])())


DIVIDE = "_borealis_divide"
METHOD = "_borealis_method"


class _Rewriter(ast.NodeTransformer):
    def __init__(self, divides):
        self._divides = divides

    def visit_BinOp(self, node):
        self.generic_visit(node)
        if not (self._divides and isinstance(node.op, ast.Div)):
            return node
        return _call(node, DIVIDE, [node.left, node.right])

    def visit_AugAssign(self, node):
        self.generic_visit(node)
        if not (self._divides and isinstance(node.op, ast.Div) and isinstance(node.target, ast.Name)):
            return node
        read = ast.copy_location(ast.Name(node.target.id, ast.Load()), node.target)
        return ast.copy_location(ast.Assign([node.target], _call(node, DIVIDE, [read, node.value])), node)

    def visit_Call(self, node):
        self.generic_visit(node)
        func = node.func
        if isinstance(func, ast.Attribute) and not node.keywords:
            wanted = 1 if func.attr == "has_key" else 0 if func.attr in _LISTS else None
            if wanted == len(node.args):
                name = ast.copy_location(ast.Constant(func.attr), func)
                node.func = _call(func, METHOD, [func.value, name])
        return node


def _call(at, name, args):
    return ast.copy_location(ast.Call(ast.copy_location(ast.Name(name, ast.Load()), at), args, []), at)


def rewrite(tree):
    modern = any(
        isinstance(node, ast.ImportFrom) and node.module == "__future__" and any(a.name == "division" for a in node.names)
        for node in tree.body
    )
    return ast.fix_missing_locations(_Rewriter(not modern).visit(tree))


def _map(function, *iterables):
    if function is None:
        return list(builtins.zip(*iterables)) if len(iterables) > 1 else list(iterables[0])
    return list(builtins.map(function, *iterables))


def _filter(function, values):
    kept = builtins.filter(function, values)
    return "".join(kept) if isinstance(values, str) else tuple(kept) if isinstance(values, tuple) else list(kept)


def _zip(*iterables):
    return list(builtins.zip(*iterables))


def _range(*bounds):
    return list(builtins.range(*bounds))


def _cmp(left, right):
    return (left > right) - (left < right)


def _refuse_execfile(path, *_):
    raise LoadError("execfile is not there; include(%r) executes a file in the same names" % (path,)).about(
        suggestion="include(%r)" % (path,)
    )


def _refuse_input(*_):
    raise LoadError("a configuration can not ask for input; read a variable with os.getenv('NAME') instead").about(
        suggestion="os.getenv('NAME')"
    )


def make_builtins():
    table = dict(builtins.__dict__)
    table.update(
        map=_map, filter=_filter, zip=_zip, range=_range, xrange=builtins.range, reduce=functools.reduce, basestring=str,
        unicode=str, long=int, unichr=chr, cmp=_cmp, execfile=_refuse_execfile, input=_refuse_input,
        raw_input=_refuse_input,
    )
    table[DIVIDE] = divide
    table[METHOD] = method
    for name in ("help", "copyright", "credits", "license", "breakpoint"):
        table.pop(name, None)
    return table
