"""Runs one configuration and answers with its jobs, or with what stopped it."""

import ast
import gc
import json
import os
import sys
import traceback
import types
import warnings

from _borealis import aurora, flaws, places, python2, syntax
from _borealis.errors import LoadError, Problem, TooMuch, noun
from _borealis.failure import describe
from _borealis.objects import make
from _borealis.places import NOWHERE
from _borealis.scalars import Scalar
from _borealis.structs import Struct
from _borealis.wire import Encoder, dump

# These lead out of Python, or into what runs it. The process around is what protects the host; this tells why.
HIDDEN = ("js", "pyodide", "pyodide_js", "_pyodide", "_pyodide_core", "ctypes", "_ctypes", "gc", "webbrowser", "socket", "_socket")

RESERVE_BYTES = 4 * 1024 * 1024

MODULES = (
    "pystachio", "apache", "apache.aurora", "apache.aurora.config", "apache.aurora.config.schema",
    "apache.aurora.config.schema.base", "apache.thermos", "apache.thermos.config", "apache.thermos.config.schema",
    "apache.thermos.config.schema_base", "apache.thermos.config.schema_helpers",
)


class _Refuser:
    """Says of a hidden module that it is not there."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        if name.split(".")[0] in HIDDEN:
            raise ModuleNotFoundError("no module %s" % name, name=name)
        return None


def declare(description):
    """Done once, before a snapshot is taken."""
    aurora.declare(json.loads(description))
    for name in MODULES:
        module = types.ModuleType(name)
        module.__dict__.update(aurora.names)
        module.__path__ = []
        sys.modules[name] = module
        parent, _, child = name.rpartition(".")
        if parent:
            setattr(sys.modules[parent], child, module)
    warnings.simplefilter("ignore")
    sys.dont_write_bytecode = True
    gc.freeze()
    # Trees have no cycles: to look for some among a thousand jobs takes longer than to build them.
    gc.set_threshold(500_000, 50, 100)


def _refuse_program(*_, **__):
    raise LoadError("a configuration can not start programs")


def hide():
    # Emscripten would ask the host for a process, and the host's refusal would end Python.
    for module in (os, sys.modules["posix"]):
        module.system = _refuse_program
    os.popen = _refuse_program
    for name in list(sys.modules):
        if name.split(".")[0] in HIDDEN or name.startswith("_borealis"):
            del sys.modules[name]
    sys.meta_path[:] = [
        _Refuser, *(f for f in sys.meta_path if type(f).__module__ in ("builtins", "_frozen_importlib", "zipimport")
                    or getattr(f, "__module__", "").startswith("_frozen_importlib"))
    ]


class Run:
    def __init__(self, request):
        self.root = request["root"]
        self.kind = request["kind"]
        self.limits = request["limits"]
        self.stack = []
        self.included = 0
        self.read = 0
        self.reading = None
        self.exported = []
        self.notices = []
        self.trees = []
        self.names = {
            **aurora.names,
            "__name__": "__main__",
            "__builtins__": python2.make_builtins(),
            "include": self.include,
        }
        if self.kind == "thermos":
            self.names["export"] = self.export

    def execute(self, path, source):
        self.reading = path
        file = places.register(path, source)
        tree = syntax.parse(source, path)
        file.learn(tree)
        self.trees.append((file, tree))
        code = compile(python2.rewrite(tree), path, "exec", dont_inherit=True)
        self.stack.append(path)
        try:
            exec(code, self.names)
        finally:
            self.stack.pop()

    def include(self, path):
        """Executes another file in the same names. The path counts from the file that includes."""
        if not isinstance(path, str):
            raise LoadError("include takes a path as text; this is %s" % noun(path))
        whole = os.path.normpath(os.path.join(os.path.dirname(self.stack[-1]), path))
        if whole != self.root and not whole.startswith(self.root.rstrip("/") + "/"):
            raise LoadError(
                "%s is outside of %s, and a configuration includes only what is inside; name a directory that holds "
                "both with --include-root" % (whole, self.root)
            ).about(suggestion="--include-root %s" % (os.path.commonpath([whole, self.root]) or "/"))
        self.included += 1
        if len(self.stack) > self.limits["depth"]:
            raise TooMuch(
                "includes are more than %d deep; does a file include itself?" % self.limits["depth"]
            )
        if self.included > self.limits["includes"]:
            raise TooMuch("there are more than %d includes" % self.limits["includes"])
        self.execute(whole, self.text(whole, path))
        self.reading = self.stack[-1]

    def text(self, whole, path):
        try:
            if os.path.isdir(whole):
                raise LoadError("%s is a directory; include takes a file" % path)
            with open(whole, "rb") as stream:
                data = stream.read(self.limits["bytes"] - self.read + 1)
        except FileNotFoundError:
            if os.path.islink(whole):
                raise LoadError(
                    "%s is a link that leads to nothing inside of %s; name a directory that holds both with "
                    "--include-root" % (path, self.root)
                ) from None
            raise LoadError("there is no file %s (looked for %s)" % (path, whole)) from None
        except OSError as error:
            raise LoadError("%s can not be read: %s" % (path, error.strerror)) from None
        self.read += len(data)
        if self.read > self.limits["bytes"]:
            raise TooMuch("the included files are larger than %d bytes together" % self.limits["bytes"])
        if data.startswith(b"\xef\xbb\xbf"):
            data = data[3:]
        try:
            return data.decode().replace("\r\n", "\n")
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            raise LoadError(
                "%s is not UTF-8: byte 0x%02x in line %d" % (path, data[error.start], line)
            ).about(rule="syntax", place=(whole, line, 1)) from None

    def export(self, task):
        """Adds a task to those that a .thermos file has to offer."""
        Task = aurora.names["Task"]
        spot = places.argument(places.here(), 0)
        if not isinstance(task, (Task, dict)):
            raise LoadError("export takes a Task; this is %s" % noun(task)).about(rule="type", place=spot.place)
        self.exported.append(make(Task, task, spot))

    def jobs(self):
        """The jobs, and what is in the list without being one."""
        given = self.names.get("jobs")
        if given is None:
            return [], []
        spot = self._jobs_spot()
        Job = aurora.names["Job"]
        if isinstance(given, (str, bytes, dict, type)) or isinstance(given, (Struct, Scalar)) or not hasattr(given, "__iter__"):
            one = isinstance(given, (Job, dict))
            problem = {
                "rule": "job",
                "path": "jobs",
                "message": "jobs must be a list%s; this is %s" % (", as [%s]" % "job" if one else "", noun(given)),
                **({"suggestion": "jobs = […]"} if one else {}),
            }
            return [], [_at(problem, spot.place)]
        items, jobs, problems = list(given), [], []
        for index, item in enumerate(items):
            where = spot.item(index, len(items))
            path = "jobs[%d]" % index
            if isinstance(item, Job):
                jobs.append(item)
            elif isinstance(item, dict):
                try:
                    jobs.append(make(Job, item, where))
                except Problem as error:
                    problems.append({**_at(describe(error), where.place), "path": path})
            else:
                place = where.place or getattr(item, "_at", None)
                problems.append(_at({"rule": "job", "path": path, "message": _no_job(item), "index": index}, place))
        return jobs, problems

    def _jobs_spot(self):
        found = NOWHERE
        for file, tree in self.trees:
            for node in tree.body:
                if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "jobs" for t in node.targets):
                    found = places.Spot(file.place(node.value), node.value, file)
        return found

    def answer(self):
        jobs, problems = ([], []) if self.kind == "thermos" else self.jobs()
        if problems:
            return {"ok": False, "problems": problems + _flaws()}
        if self.names.get("hooks"):
            self.notices.append({"text": "hooks are ignored: Borealis runs none"})
        encoder = Encoder(self.limits["nodes"])
        roots = [encoder.node(job) for job in jobs]
        tasks = [encoder.node(task) for task in self.exported]
        return {"ok": True, "message": {**encoder.message(), "jobs": roots, "tasks": tasks}, "notices": self.notices, "flaws": _flaws()}


def _flaws():
    return [{"path": "", **describe(error)} for error in flaws.noted()]


def _no_job(item):
    if isinstance(item, Struct) and type(item).__name__ == "Task":
        return "is a Task, not a Job; wrap it: Job(task = …, cluster = …, role = …, environment = …)"
    return "is not a Job but %s" % noun(item)


def _at(problem, place):
    if place is not None and "line" not in problem:
        problem["file"], problem["line"], problem["column"] = place
    return problem


def _settle(environment, directory):
    os.environ.clear()
    os.environ.update(environment)
    try:
        os.chdir(directory)
    except OSError:
        pass


def run(text):
    """The request and the answer are JSON. Whatever a configuration does, there is an answer."""
    request = json.loads(text)
    # Given back first when memory runs out, so that there is some to tell it with.
    reserve = [bytearray(RESERVE_BYTES)]
    run = None
    try:
        # What an earlier run left, where there was one, is not this one's memory.
        gc.collect()
        places.forget()
        flaws.gather()
        sys.argv[:] = [request["path"]]
        _settle(request["environment"], os.path.dirname(request["path"]))
        run = Run(request)
        run.execute(request["path"], request["source"])
        answer = dump(run.answer())
        if len(answer) > request["limits"]["answer"]:
            raise TooMuch("what the configuration builds is larger than %d bytes" % request["limits"]["answer"])
        return answer
    except BaseException as error:
        reserve.clear()
        return _failed(error, run)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()


def _failed(error, run):
    if run is not None and isinstance(error, (MemoryError, OverflowError)):
        traceback.clear_frames(error.__traceback__)
        run.names.clear()
    # The time may be up, or memory run out, while this is told.
    for _ in range(3):
        try:
            problem = describe(error, run.reading if run is not None else None)
            return dump({"ok": False, "problems": [{"path": "", **problem}, *_flaws()]})
        except BaseException:
            gc.collect()
    return dump({"ok": False, "problems": [{"path": "", "rule": "limit", "message": "the configuration left no room to tell what is wrong"}]})
