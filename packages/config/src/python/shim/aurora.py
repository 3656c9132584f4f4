"""Aurora's and Thermos's names, as configurations see them.

The structs come from the host's description of its own schema, so that a field is declared in one place.
"""

from _borealis import places, wire
from _borealis.choices import Choice
from _borealis.containers import List, Map
from _borealis.errors import WrongUse, noun
from _borealis.objects import Empty, Object, TypeCheck, TypeMeta, frozendict, make
from _borealis.places import NOWHERE
from _borealis.references import Environment, Ref
from _borealis.scalars import Boolean, Enum, Float, Integer, String
from _borealis.structs import Default, Field, Required, Struct

BYTES = 1
KB = 1024 * BYTES
MB = 1024 * KB
GB = 1024 * MB
TB = 1024 * GB

names = {
    "String": String, "Integer": Integer, "Float": Float, "Boolean": Boolean, "Map": Map, "List": List,
    "Struct": Struct, "Required": Required, "Default": Default, "Empty": Empty, "Enum": Enum, "Choice": Choice,
    "Ref": Ref, "Environment": Environment, "Object": Object, "TypeCheck": TypeCheck, "frozendict": frozendict,
    "BYTES": BYTES, "KB": KB, "MB": MB, "GB": GB, "TB": TB,
}

_scalars = {"String": String, "Integer": Integer, "Float": Float, "Boolean": Boolean}


def declare(description):
    """Makes the types that the host describes, and the names that stand on them."""
    types, built = description["types"], dict(_scalars)

    def resolve(ref):
        if ref not in built:
            built[ref] = define(types[ref])
        return built[ref]

    def define(definition):
        kind = definition["kind"]
        if kind == "List":
            return List(resolve(definition["of"]))
        if kind == "Map":
            return Map(resolve(definition["key"]), resolve(definition["value"]))
        if kind == "Enum":
            return Enum(definition["name"], definition["values"])
        if kind == "Choice":
            return Choice(definition["name"], [resolve(option) for option in definition["options"]])
        return struct(definition)

    def struct(definition):
        fields = {}
        for name, ref, required, *default in definition["fields"]:
            of = resolve(ref)
            value = make(of, default[0]["plain"], NOWHERE) if default else Empty
            fields[name] = Field(of, required, value)
        return type(Struct)(definition["name"], (Struct,), fields)

    for ref in types:
        cls = resolve(ref)
        if types[ref]["kind"] in ("Struct", "Enum"):
            names[ref] = cls
            wire.builtin[cls] = ref
    globals().update({name: cls for name, cls in names.items() if isinstance(cls, TypeMeta)})
    _declare_rest()


def _declare_rest():
    class ThermosContext(Struct):
        ports = Map(String, Integer)
        task_id = String
        user = String

    class MesosContext(Struct):
        instance = Required(Integer)
        hostname = Required(String)

    class MesosTaskInstance(Struct):
        task = Required(Task)
        instance = Required(Integer)
        role = Required(String)
        announce = Announcer
        environment = Required(String)
        health_check_config = Default(HealthCheckConfig, HealthCheckConfig())
        lifecycle = LifecycleConfig

    names.update(
        ThermosContext=ThermosContext, MesosContext=MesosContext, MesosTaskInstance=MesosTaskInstance,
        MesosJob=Job, Service=Job(service=True),
        DefaultHealthChecker=HealthCheckerConfig(http=HttpHealthChecker()),
        DefaultLifecycleConfig=LifecycleConfig(http=HttpLifecycleConfig()), DisableLifecycle=LifecycleConfig(),
        Units=Units, Processes=Processes, Tasks=Tasks, Options=Options,
        order=Processes.order, SimpleTask=Tasks.simple, SequentialTask=SequentialTask,
        combine_tasks=Tasks.combine, concat_tasks=Tasks.concat,
        java_options=Options.java, python_options=Options.python,
    )


def _amount(value):
    """A number of a task or its resources; what is not set counts nothing."""
    return 0 if value is Empty else value.get()


def _each_once(lists):
    """What the lists hold, in the order in which it is met first."""
    return list(dict.fromkeys(item for held in lists if held is not Empty for item in held))


class Units:
    """Sums and maxima over tasks."""

    DIMENSIONS = ("cpu", "ram", "disk", "gpu")

    @classmethod
    def safe_get(cls, unit):
        return _amount(unit)

    @classmethod
    def optional_resources(cls, resources):
        return Resources() if resources is Empty else resources

    @classmethod
    def _over(cls, resources, fold):
        given = [each for each in resources if each is not Empty]
        return Resources(
            **{d: fold([0] + [_amount(getattr(each, d)()) for each in given]) for d in cls.DIMENSIONS}
        )

    @classmethod
    def resources_sum(cls, *resources):
        return cls._over(resources, sum)

    @classmethod
    def resources_max(cls, resources):
        return cls._over(resources, max)

    @classmethod
    def finalization_wait_sum(cls, waits):
        return sum(map(_amount, waits))

    @classmethod
    def finalization_wait_max(cls, waits):
        return max([0, *map(_amount, waits)])

    @classmethod
    def processes_merge(cls, tasks):
        return _each_once(task.processes() for task in tasks)

    @classmethod
    def constraints_merge(cls, tasks):
        return _each_once(task.constraints() for task in tasks)


class Processes:
    @classmethod
    def order(cls, *processes):
        """One constraint that has the processes, or names of processes, run one after another."""
        return [Constraint(order=[cls._name(process) for process in processes])]

    @staticmethod
    def _name(process):
        if isinstance(process, Process):
            return process.name()
        if isinstance(process, (str, String)):
            return process
        hint = "; write order(*processes)" if isinstance(process, (list, tuple)) else ""
        raise WrongUse("order takes processes and names of processes; this is %s%s" % (noun(process), hint)).about(
            rule="type", place=places.here().place, suggestion="order(*processes)" if hint else None
        )


def _tasks(tasks, what):
    for task in tasks:
        if not isinstance(task, Task):
            raise WrongUse("%s takes tasks; this is %s" % (what, noun(task))).about(rule="type")
    return tasks


class Tasks:
    SIMPLE_CPU = 1.0
    SIMPLE_RAM = GB
    SIMPLE_DISK = GB

    @classmethod
    def simple(cls, name, command):
        """A task of one process, with resources that do for a try."""
        return Task(
            name=name,
            processes=[Process(name=name, cmdline=command)],
            resources=Resources(cpu=cls.SIMPLE_CPU, ram=cls.SIMPLE_RAM, disk=cls.SIMPLE_DISK),
        )

    @classmethod
    def sequential(cls, task):
        """The task with its processes one after another."""
        constraints = task.constraints()
        if constraints is not Empty and len(constraints):
            raise WrongUse(
                "a SequentialTask makes its own constraints, and this task has some already; use Task and "
                "add order(…) to them"
            ).about(rule="plan", suggestion="Task")
        processes = task._value_of("processes")
        if processes is Empty:
            return task
        # Names without a template need not be asked for, which would fill in all of the task.
        names = [process._value_of("name") for process in processes._items]
        if any(name is Empty or name._has_templates for name in names):
            names = [process.name() for process in task.processes()]
        return task(constraints=[Constraint(order=names)])

    @classmethod
    def combine(cls, *tasks, **values):
        """A task that runs all processes of the tasks at once. What else a task has comes from the last one."""
        if not tasks:
            return Task()
        _tasks(tasks, "Tasks.combine")
        return tasks[-1](
            **{
                "processes": Units.processes_merge(tasks),
                "resources": Units.resources_sum(*(task.resources() for task in tasks)),
                "constraints": Units.constraints_merge(tasks),
                "finalization_wait": Units.finalization_wait_max(task.finalization_wait() for task in tasks),
                **values,
            }
        )

    @classmethod
    def concat(cls, *tasks, **values):
        """A task that runs the processes of each task when those of the task before have finished."""
        if not tasks:
            return Task()
        _tasks(tasks, "Tasks.concat")
        constraints = Units.constraints_merge(tasks)
        for earlier, later in zip(tasks, tasks[1:]):
            for first in Units.processes_merge([earlier]):
                for second in Units.processes_merge([later]):
                    if first != second:
                        constraints += Processes.order(first, second)
        return tasks[-1](
            **{
                "processes": Units.processes_merge(tasks),
                "resources": Units.resources_max(task.resources() for task in tasks),
                "constraints": constraints,
                "finalization_wait": Units.finalization_wait_sum(task.finalization_wait() for task in tasks),
                **values,
            }
        )


def SequentialTask(*args, **values):
    return Tasks.sequential(Task(*args, **values))


class Options:
    """Command-line options as text."""

    @staticmethod
    def _render(long_prefix, options, values):
        pairs = []
        for option in options:
            if isinstance(option, str):
                pairs.append((option, None))
            elif isinstance(option, dict):
                pairs.extend(option.items())
            else:
                raise WrongUse("options are names or dicts of names and values; this is %s" % noun(option))
        pairs.extend(values.items())
        return " ".join(
            ("-" if len(name) == 1 else long_prefix) + name + (" %s" % value if value else "") for name, value in pairs
        )

    @classmethod
    def java(cls, *options, **values):
        return cls._render("-", options, values)

    @classmethod
    def python(cls, *options, **values):
        return cls._render("--", options, values)
