"""What ended a configuration, as the host reports it: rule, sentence, place, suggestion."""

from _borealis import places
from _borealis.errors import Problem, closest
from _borealis.syntax import Explained

LONGEST_MESSAGE = 2_000

_MOVED = {
    "StringIO": "io", "cStringIO": "io", "ConfigParser": "configparser", "cPickle": "pickle", "Queue": "queue",
    "__builtin__": "builtins", "commands": None, "urllib2": None, "requests": None,
}


def describe(error, file=None):
    """The fields of a problem. `file` is the one that was being read, for errors that have none."""
    if isinstance(error, Explained):
        return _placed(_fields("syntax", error.message, None), (file, error.line, error.column))
    if isinstance(error, SyntaxError) and places.known(error.filename or "") and error.lineno:
        return _placed(_fields("syntax", error.msg, None), (error.filename, error.lineno, error.offset or 1))
    rule, message, suggestion = _told(error)
    fields = _fields(rule, message, suggestion)
    if isinstance(error, Problem):
        if error.allowed:
            fields["allowed"] = error.allowed
        if error.place is not None:
            return _placed(fields, error.place)
    place = _deepest(error.__traceback__)
    return _placed(fields, place) if place is not None else fields


def _fields(rule, message, suggestion):
    fields = {"rule": rule, "message": message[:LONGEST_MESSAGE]}
    if suggestion:
        fields["suggestion"] = suggestion
    return fields


def _placed(fields, place):
    name, line, column = place
    fields.update(file=name, line=line, column=column)
    return fields


def _told(error):
    if isinstance(error, Problem):
        return error.rule, error.brief or str(error), error.suggestion
    if isinstance(error, KeyboardInterrupt):
        return "limit", "", None
    # An object of more than four gigabytes has no size that this Python could count.
    if isinstance(error, MemoryError) or (isinstance(error, OverflowError) and "index-sized" in _text(error)):
        return "limit", "the configuration needs more memory than it may have", None
    if isinstance(error, RecursionError):
        return "limit", "the configuration calls itself too deeply, or nests too deeply: Python gave up", None
    if isinstance(error, SystemExit):
        return "load", "the configuration ended itself (exit, or SystemExit); a configuration only builds objects", None
    if isinstance(error, ModuleNotFoundError):
        return _missing_module(error)
    if isinstance(error, (NameError, AttributeError)):
        return _missing_name(error)
    if isinstance(error, SyntaxError):
        return "syntax", error.msg or "invalid syntax", None
    text = _text(error)
    return "load", "%s: %s" % (type(error).__name__, text) if text else type(error).__name__, None


def _text(error):
    try:
        return str(error)
    except BaseException:
        return ""


def _missing_module(error):
    name = (error.name or "").split(".")[0].lstrip("_")
    if name in _MOVED and _MOVED[name] is not None:
        return "load", "there is no module %s in Python 3; it is called %s" % (name, _MOVED[name]), _MOVED[name]
    return (
        "load",
        "there is no module %s here: a configuration has Python's standard library, and no network or programs" % name,
        None,
    )


def _missing_name(error):
    text = _text(error)
    name = getattr(error, "name", None)
    if not isinstance(name, str):
        return "load", "%s: %s" % (type(error).__name__, text), None
    if isinstance(error, NameError):
        near = _near_name(error, name)
        message = "%s is not defined" % name
    else:
        message, near = text, None
        try:
            near = closest(name, [each for each in dir(error.obj) if not each.startswith("_")])
        except BaseException:
            pass
    return "load", "%s; did you mean %s?" % (message, near) if near else message, near


def _near_name(error, name):
    tb = error.__traceback__
    if tb is None:
        return None
    while tb.tb_next is not None:
        tb = tb.tb_next
    frame = tb.tb_frame
    candidates = [each for each in {**frame.f_globals, **frame.f_locals} if not each.startswith("_")]
    if not _is_called(tb, name):
        # A type's name does not help who meant a value: `Process` for a `process1` that was left out.
        candidates = [each for each in candidates if each[0].isupper() == name[0].isupper()]
    return closest(name, sorted(candidates))


def _is_called(tb, name):
    file = places.known(tb.tb_frame.f_code.co_filename)
    line = file.lines[tb.tb_lineno - 1] if file is not None and tb.tb_lineno <= len(file.lines) else ""
    return name + "(" in line.replace(" ", "")


def _deepest(tb):
    found = None
    while tb is not None:
        file = places.known(tb.tb_frame.f_code.co_filename)
        if file is not None:
            found = (file, tb.tb_frame.f_code, tb.tb_lasti)
        tb = tb.tb_next
    if found is None:
        return None
    file, code, offset = found
    line, _, column, _ = places._position(code, offset)
    return (file.name, line or code.co_firstlineno, file.column(line, column) if line and column is not None else 1)
