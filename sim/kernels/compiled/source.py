"""The rules, compiled from their own source.

NumPy lets a Python number take the type of the array it meets; numba would widen the array
instead. So each rule's source is read, its numbers become float32, `np.where`, `np.minimum`
and `np.maximum` become plain choices, and the result is compiled. The formula stays where it
is written.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable
from types import FunctionType
from typing import Any, TypeVar, cast

import numpy as np
from numba import config, njit

from sim.kernels.compiled import cache

# Arrays are made by the caller and outlive the call: counting references to them would cost
# more than the model. Never fastmath: it would change bits.
OPTIONS: dict[str, Any] = {"error_model": "numpy", "nogil": True, "_nrt": False}

Function = TypeVar("Function", bound=Callable[..., Any])


def part(function: Function) -> Function:
    """Compiles a part of the kernel."""
    return cast(Function, njit(**OPTIONS)(function))


def inlined(function: Function) -> Function:
    """Compiles a part of the kernel into whoever calls it: what runs in every step."""
    return cast(Function, njit(forceinline=True, **OPTIONS)(function))


def entry(function: Function) -> Function:
    """Compiles what Python calls; compiled code is kept on disk (`cache.folder`)."""
    before = getattr(config, "CACHE_DIR", "")
    setattr(config, "CACHE_DIR", str(cache.folder()))  # noqa: B010  # numba's settings have no types
    try:
        return cast(Function, njit(cache=True, **OPTIONS)(function))
    finally:
        setattr(config, "CACHE_DIR", before)  # noqa: B010


class _Float32(ast.NodeTransformer):
    def __init__(self) -> None:
        self.constants: dict[str, np.float32] = {}

    def _constant(self, value: float, node: ast.expr) -> ast.expr:
        name = f"_number_{len(self.constants)}"
        self.constants[name] = np.float32(value)
        return ast.copy_location(ast.Name(name, ast.Load()), node)

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        return self._constant(node.value, node) if isinstance(node.value, float) else node

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        if isinstance(node.left, ast.Constant) and isinstance(node.right, ast.Constant):
            value = eval(compile(ast.Expression(node), "<constant>", "eval"))  # 1 / 6: as Python has it, then rounded
            return self._constant(value, node) if isinstance(value, float) else node
        self.generic_visit(node)
        return node

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        self.generic_visit(node)
        sides = [
            self._constant(side.value, side) if isinstance(side, ast.Constant) and isinstance(side.value, int) else side
            for side in node.comparators
        ]
        return ast.copy_location(ast.Compare(node.left, node.ops, sides), node)

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        called = ast.unparse(node.func)
        if called == "np.where":
            return ast.copy_location(ast.IfExp(*node.args), node)
        if called in ("np.minimum", "np.maximum"):
            return ast.copy_location(ast.Call(ast.Name(f"_{called[3:]}", ast.Load()), node.args, node.keywords), node)
        return node


@inlined
def _minimum(a: Any, b: Any) -> Any:
    return b if b < a else a


@inlined
def _maximum(a: Any, b: Any) -> Any:
    return b if b > a else a


_known: dict[FunctionType, Any] = {}


def rule(function: Any) -> Callable[..., Any]:
    """The compiled twin of a rule: float32 in, float32 out, to be called from compiled code."""
    if function not in _known:
        _known[function] = _compile(function)
    compiled: Callable[..., Any] = _known[function]
    return compiled


def _compile(function: FunctionType) -> Any:
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    definition = tree.body[0]
    assert isinstance(definition, ast.FunctionDef)
    for argument in definition.args.args:
        argument.annotation = None
    definition.returns = None
    numbers = _Float32()
    numbers.visit(definition)
    ast.increment_lineno(tree, function.__code__.co_firstlineno - 1)
    names: dict[str, Any] = {"_minimum": _minimum, "_maximum": _maximum, **numbers.constants}
    for name in function.__code__.co_names:
        value = function.__globals__.get(name)
        if value is not None:
            names[name] = _value(value)
    exec(compile(ast.fix_missing_locations(tree), function.__code__.co_filename, "exec"), names)
    return inlined(names[function.__name__])


def _value(value: Any) -> Any:
    if isinstance(value, FunctionType):
        return rule(value)
    return np.float32(value) if isinstance(value, float) else value
