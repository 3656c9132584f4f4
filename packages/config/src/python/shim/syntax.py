"""Makes of Python's syntax errors a sentence that names the one change to make."""

import ast
import io
import re
import tokenize

from _borealis.errors import TooMuch

_OPENERS = {"(": ")", "[": "]", "{": "}"}
_CLOSERS = {closer: opener for opener, closer in _OPENERS.items()}


class Explained(Exception):
    """A syntax error in words that name the change, and its place (from 1)."""

    def __init__(self, message, line, column):
        super().__init__(message)
        self.message = message
        self.line = line
        self.column = column


def parse(source, name):
    try:
        tree = ast.parse(source, name)
    except SyntaxError as error:
        raise _explain(source, error) from None
    except ValueError as error:
        raise Explained(str(error), 1, 1) from None
    except (MemoryError, RecursionError):
        raise TooMuch("an expression nests too deeply to be read") from None
    _refuse_what_changed_its_meaning(tree)
    return tree


def _refuse_what_changed_its_meaning(tree):
    """Python 2 that Python 3 reads as something else, without a word."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler) and isinstance(node.type, ast.Tuple):
            first = node.type.elts[0] if node.type.elts else None
            # Only a tuple without parentheses of its own begins where its first element does.
            if first is not None and first.col_offset == node.type.col_offset and first.lineno == node.type.lineno:
                parts = [ast.unparse(part) for part in node.type.elts]
                if len(parts) == 2:
                    raise Explained(
                        "this is how Python 2 names the exception; write `except %s as %s:`" % tuple(parts),
                        node.type.lineno, node.type.col_offset + 1,
                    )
        if isinstance(node, ast.Expr):
            value = node.value.elts[0] if isinstance(node.value, ast.Tuple) and node.value.elts else node.value
            if isinstance(value, ast.BinOp) and isinstance(value.op, ast.RShift) and _named(value.left, "print"):
                stream = ast.unparse(value.right)
                rest = [ast.unparse(part) for part in node.value.elts[1:]] if value is not node.value else []
                change = "print(%s)" % ", ".join([*rest, "file=%s" % stream])
                raise Explained(
                    "this is the print statement of Python 2; write `%s`" % change,
                    node.lineno, node.col_offset + 1,
                )


def _named(node, name):
    return isinstance(node, ast.Name) and node.id == name


# What a line of Python 2 looks like, and the change. The first that matches the line of the error is told.
_OLD = (
    (re.compile(r"\bprint\s+(?![=(])(?P<rest>.+?),?\s*$"), "print is a function in Python 3", "print({rest})"),
    (re.compile(r"\bexec\s+(?![=(])(?P<code>.+?)\s+in\s+(?P<scope>.+)$"), "exec is a function in Python 3", "exec({code}, {scope})"),
    (re.compile(r"\bexec\s+(?![=(])(?P<rest>.+)$"), "exec is a function in Python 3", "exec({rest})"),
    (re.compile(r"\braise\s+(?P<what>[\w.]+)\s*,\s*(?P<text>.+)$"), "an exception is built by calling it", "raise {what}({text})"),
    (re.compile(r"\bexcept\s+(?P<what>\(?[\w.][\w., ]*?\)?)\s*,\s*(?P<name>\w+)\s*:"), "the exception is named with `as`", "except {what} as {name}:"),
    (re.compile(r"`(?P<what>[^`]+)`"), "backticks are written repr(…) in Python 3", "repr({what})"),
    (re.compile(r"<>"), "`<>` is written `!=` in Python 3", "!="),
    (re.compile(r"\b[uU][rR](?=[\"'])"), "the prefix `ur` is gone; text is Unicode anyway", "r"),
    (re.compile(r"(?<![\w.])(?P<digits>0[xX][0-9a-fA-F]+|\d+)[lL]\b"), "whole numbers need no L in Python 3", "{digits}"),
    (re.compile(r"(?<![\w.])0+(?P<digits>[1-7][0-7]*)\b(?![.\w])"), "octal numbers begin with 0o in Python 3", "0o{digits}"),
)
_NESTED_PARAMETERS = re.compile(r"\blambda\b[^:]*\((?P<names>[\w\s,]+)\)[^:]*:|\bdef\s+\w+\s*\([^()]*\((?P<more>[\w\s,]+)\)")


def _explain(source, error):
    lines = source.split("\n")
    line = error.lineno or 1
    column = error.offset or 1
    text = lines[line - 1] if line <= len(lines) else ""
    message = (error.msg or "invalid syntax").rstrip(".")
    for attempt in (_copied, _string, _brackets, _old, _comma, _spaces):
        found = attempt(lines, text, line, column, message, error)
        if found is not None:
            return found
    told = _plain(message)
    if "expected ':'" in message:
        told += "; write `%s:`" % text.strip()
    return Explained(told, line, max(column, 1))


def _plain(message):
    return message[0].lower() + message[1:] if message[:1].isupper() and not message[:2].isupper() else message


def _old(lines, text, line, column, message, error):
    bare = _without_strings(text)
    for pattern, why, change in _OLD:
        # Prefixes and backticks are looked for outside strings, the rest of the line is kept with them.
        match = pattern.search(bare)
        if match is None:
            continue
        whole = pattern.search(text, match.start()) or match
        suggestion = change.format(**whole.groupdict())
        return Explained("%s: write `%s`" % (why, suggestion), line, match.start() + 1)
    match = re.search(r"(?<![\w.])(async|await|nonlocal)\s*=(?!=)", bare)
    if match is not None:
        name = match.group(1)
        return Explained("`%s` is a keyword of Python 3; use another name" % name, line, match.start() + 1)
    match = _NESTED_PARAMETERS.search(bare)
    if match is not None and ("parenthesized" in message or "invalid syntax" in message):
        names = re.sub(r"\s+", " ", match.group("names") or match.group("more")).strip()
        return Explained(
            "parameters can not be taken apart in Python 3: take one parameter and unpack it: `%s = pair`" % names,
            line, match.start() + 1,
        )
    return None


def _without_strings(text):
    """The line with what stands between quotes blanked, so that nothing in a string is taken for code."""
    return re.sub(
        r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|#.*$",
        lambda match: match.group(0)[0] + "_" * (len(match.group(0)) - 2) + match.group(0)[-1]
        if len(match.group(0)) > 1 and match.group(0)[0] != "#"
        else " " * len(match.group(0)),
        text,
    )


def _copied(lines, text, line, column, message, error):
    """Signs that a document or a chat program put in."""
    if "line continuation" in message:
        match = re.search(r"\\(?P<sign>[_*\[\]<>#.`~{}|()-])", _without_strings(text))
        if match is not None:
            change = re.sub(r"\\([_*\[\]<>#.`~{}|()-])", r"\1", text).strip()
            return Explained(
                "the backslash before `%s` does not belong here, it comes from a formatted document; write `%s`"
                % (match.group("sign"), change),
                line, match.start() + 1,
            )
    if "..." in _without_strings(text) and text.strip() != "...":
        place = _without_strings(text).index("...") + 1
        return Explained("`...` stands for something that was left out of an example; replace or remove it", line, place)
    for row in range(line, min((error.end_lineno or line) + 1, len(lines)) + 1):
        if lines[row - 1].strip() == "...":
            place = lines[row - 1].index("...") + 1
            return Explained("`...` stands for something that was left out of an example; replace or remove it", row, place)
    if re.match(r"\s*\$ \w", text):
        return Explained("a line with `$` is a command for a shell, from a document; remove it", line, text.index("$") + 1)
    match = re.search(r"invalid (?:non-printable )?character '?(?P<sign>.?)'? ?\(?U\+(?P<code>[0-9A-F]+)\)?", message)
    if match is not None:
        sign = chr(int(match.group("code"), 16))
        plain = {"\u201c": '"', "\u201d": '"', "\u2018": "'", "\u2019": "'", "\u2013": "-", "\u2014": "-", "\xa0": " ", "\u2212": "-"}
        if sign in plain:
            what = "a typographic character (U+%s)" % match.group("code")
            name = {" ": "an ordinary space"}.get(plain[sign], "`%s`" % plain[sign])
            return Explained("%s, from a formatted document; write %s" % (what, name), line, max(column, 1))
    return None


def _string(lines, text, line, column, message, error):
    if "unterminated triple-quoted" in message:
        quotes = text[max(column - 1, 0) :].lstrip("rRbBuUfFtT")[:3]
        return Explained("the text that begins here is never closed; end it with `%s`" % quotes, line, column)
    if "unterminated" in message and "string literal" in message:
        rest = text[max(column - 1, 0) :].lstrip("rRbBuUfFtT")
        quote = rest[:1] if rest[:1] in "\"'" else '"'
        goes_on = any(quote in later for later in lines[line : line + 3])
        if goes_on:
            return Explained(
                "the text that begins here is not closed on its line; text over several lines stands between %s"
                % (quote * 3),
                line, column,
            )
        return Explained("the text that begins here is not closed; end it with `%s`" % quote, line, column)
    return None


def _brackets(lines, text, line, column, message, error):
    match = re.match(r"'(?P<open>.)' was never closed", message)
    if match is not None:
        closer = _OPENERS[match.group("open")]
        return Explained("the `%s` here is never closed; a `%s` is missing" % (match.group("open"), closer), line, column)
    match = re.match(r"closing parenthesis '(?P<close>.)' does not match opening parenthesis '(?P<open>.)'", message)
    if match is not None:
        opener, closer = match.group("open"), match.group("close")
        missing = _OPENERS[opener]
        place = _opening_of(lines, line, column)
        where = " of line %d, column %d" % place if place is not None else ""
        return Explained(
            "the `%s`%s is still open at this `%s`; put a `%s` before it" % (opener, where, closer, missing),
            line, column,
        )
    match = re.match(r"unmatched '(?P<close>.)'", message)
    if match is not None:
        return Explained(
            "this `%s` closes nothing; remove it, or add the missing `%s`" % (match.group("close"), _CLOSERS[match.group("close")]),
            line, column,
        )
    return None


def _tokens(lines):
    try:
        yield from tokenize.generate_tokens(io.StringIO("\n".join(lines)).readline)
    except (SyntaxError, tokenize.TokenError):
        return


def _opening_of(lines, line, column):
    """Where the bracket was opened that is innermost at a place."""
    open_places = []
    for token in _tokens(lines[:line]):
        if token.start >= (line, column - 1):
            break
        if token.type == tokenize.OP and token.string in _OPENERS:
            open_places.append((token.start[0], token.start[1] + 1))
        elif token.type == tokenize.OP and token.string in _CLOSERS and open_places:
            open_places.pop()
    return open_places[-1] if open_places else None


_ENDS = (tokenize.NAME, tokenize.NUMBER, tokenize.STRING)


def _comma(lines, text, line, column, message, error):
    if "forgot a comma" not in message:
        return None
    previous = None
    end = (error.end_lineno or line, error.end_offset or column + 1)
    for token in _tokens(lines[: end[0] + 1]):
        if token.type in (tokenize.NL, tokenize.COMMENT, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT):
            continue
        starts = token.type in _ENDS or (token.type == tokenize.OP and token.string in _OPENERS)
        if previous is not None and previous.start >= (line, column - 1) and starts and _ends(previous):
            joined = previous.type == tokenize.STRING and token.type == tokenize.STRING
            called = token.type == tokenize.OP and previous.type != tokenize.NUMBER
            if not joined and not called:
                row, place = previous.end
                return Explained("a comma is missing after `%s`" % lines[row - 1][:place].strip(), row, place + 1)
        previous = token
    return Explained("invalid syntax; perhaps a comma is missing", line, column)


def _ends(token):
    return token.type in _ENDS or (token.type == tokenize.OP and token.string in _CLOSERS)


def _spaces(lines, text, line, column, message, error):
    if isinstance(error, TabError):
        return Explained("tabs and spaces are mixed in the indentation; use spaces only", line, 1)
    if "unexpected indent" in message:
        return Explained("this line is indented, and nothing before it asks for that", line, 1)
    return None
