"""Read a pickle that holds only dicts, lists, strings, ints and uint8 arrays.

CIFAR-10's python version is pickled, and unpickling a file runs whatever the file says. This reader interprets the
opcodes itself and never imports, looks up or calls anything that a file names: an array is built from the
arguments that NumPy's own pickles carry, and everything else is refused when it is met.

References
----------
`PEP 307 <https://peps.python.org/pep-0307/>`_ and the standard library's `pickletools` define the opcodes.
"""

import pickletools
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

_BYTES = frozenset({"SHORT_BINBYTES", "BINBYTES", "BINBYTES8", "BYTEARRAY8"})
_TEXT = frozenset(
    {"STRING", "BINSTRING", "SHORT_BINSTRING", "UNICODE", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8"}
)
_INT = frozenset({"INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1"})
_CONSTANT = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
_PUT = frozenset({"PUT", "BINPUT", "LONG_BINPUT"})
_GET = frozenset({"GET", "BINGET", "LONG_BINGET"})
_TUPLE_SIZE = {"EMPTY_TUPLE": 0, "TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}

# A batch of 10,000 images takes some 30,000. An opcode can make an object many times its own size.
_OPCODES_MAX = 200_000


class RefusedError(ValueError):
    """The pickle asks for something that a batch does not need."""


@dataclass(frozen=True)
class _Global:
    """A name that the file mentions; it is compared, never imported."""

    name: str


@dataclass
class _Array:
    """An array whose state has not been met yet."""

    value: npt.NDArray[np.uint8] | None = None


class _Uint8:
    """NumPy's dtype uint8."""


_MODULES = {"numpy", "numpy.core.multiarray", "numpy._core.multiarray", "numpy.core.numeric", "numpy._core.numeric"}
_NAMES = {"ndarray", "dtype", "_reconstruct", "_frombuffer"}


def loads(data: bytes) -> dict[str, Any]:
    """Read a pickled dict of strings, lists of ints and uint8 arrays.

    Parameters
    ----------
    data : bytes
        The pickle, of any protocol, written by Python 2 or 3 and NumPy 1 or 2.

    Returns
    -------
    dict
        Keys are str, also where the file has bytes. Values are as in the file; an array is a fresh ndarray of
        dtype uint8.

    Raises
    ------
    RefusedError
        If the pickle is damaged or holds anything else. Time and memory are bounded by a small multiple of
        ``len(data)`` and of the number of opcodes that a batch needs, whatever sizes the pickle claims.
    """
    try:
        with warnings.catch_warnings(action="ignore"):  # pickletools warns of odd escapes in text
            result = _run(data)
    except RefusedError:
        raise
    except (ValueError, IndexError, KeyError, TypeError, OverflowError, UnicodeError) as error:
        raise RefusedError("the pickle is damaged") from error
    if not isinstance(result, dict):
        raise RefusedError("the pickle does not hold a dict")
    return {key: value.value if isinstance(value, _Array) else value for key, value in result.items()}


def _run(data: bytes) -> Any:
    """Interpret the opcodes as pickle's own machine does, over inert values."""
    stack: list[Any] = []
    marks: list[int] = []
    memo: dict[int, Any] = {}
    arg: Any

    def pop_to_mark() -> list[Any]:
        start = marks.pop()
        items = stack[start:]
        del stack[start:]
        return items

    for n, (opcode, arg, _) in enumerate(pickletools.genops(data)):
        name = opcode.name
        if n >= _OPCODES_MAX:
            raise RefusedError(f"the pickle has more than {_OPCODES_MAX} opcodes")
        if name in _INT or name in _TEXT:
            stack.append(arg)
        elif name in _BYTES:
            stack.append(bytes(arg))
        elif name in _PUT:
            memo[arg] = stack[-1]
        elif name == "MEMOIZE":
            memo[len(memo)] = stack[-1]
        elif name in _GET:
            stack.append(memo[arg])
        elif name in _CONSTANT:
            stack.append(_CONSTANT[name])
        elif name == "MARK":
            marks.append(len(stack))
        elif name in _TUPLE_SIZE:
            size = _TUPLE_SIZE[name]
            if len(stack) < size:
                raise IndexError
            start = len(stack) - size
            stack[start:] = [tuple(stack[start:])]
        elif name == "TUPLE":
            stack.append(tuple(pop_to_mark()))
        elif name == "EMPTY_LIST":
            stack.append([])
        elif name == "LIST":
            stack.append(pop_to_mark())
        elif name == "APPEND":
            item = stack.pop()
            _as_list(stack[-1]).append(item)
        elif name == "APPENDS":
            items = pop_to_mark()
            _as_list(stack[-1]).extend(items)
        elif name == "EMPTY_DICT":
            stack.append({})
        elif name == "DICT":
            items = pop_to_mark()
            stack.append({})
            _set_items(stack[-1], items)
        elif name == "SETITEM":
            items = [stack.pop(-2), stack.pop()]
            _set_items(stack[-1], items)
        elif name == "SETITEMS":
            items = pop_to_mark()
            _set_items(stack[-1], items)
        elif name == "GLOBAL":
            stack.append(_global(*arg.split(" ", 1)))
        elif name == "STACK_GLOBAL":
            attribute, module = stack.pop(), stack.pop()
            stack.append(_global(module, attribute))
        elif name == "REDUCE":
            args, function = stack.pop(), stack.pop()
            stack.append(_reduce(function, args))
        elif name == "BUILD":
            state = stack.pop()
            _build(stack[-1], state)
        elif name == "STOP":
            return stack.pop()
        elif name not in ("PROTO", "FRAME"):
            raise RefusedError(f"the pickle uses {name}, which no batch needs")
    raise RefusedError("the pickle has no end")


def _as_list(value: Any) -> list[Any]:
    if type(value) is not list:
        raise RefusedError("the pickle appends to something that is not a list")
    return value


def _set_items(target: Any, items: list[Any]) -> None:
    """Store key, value, key, value … in a dict."""
    if type(target) is not dict:
        raise RefusedError("the pickle sets items of something that is not a dict")
    for key, value in zip(items[::2], items[1::2], strict=True):
        target[_text(key)] = value


def _text(value: Any) -> str:
    """A str, as it is or from bytes: Python 2 wrote text as bytes."""
    if isinstance(value, bytes):
        return value.decode("latin-1")
    if not isinstance(value, str):
        raise RefusedError("the pickle has something else where a batch has text")
    return value


def _bytes(value: Any) -> bytes:
    """Bytes, as they are or from the text that stands for Python 2's bytes."""
    return value if isinstance(value, bytes) else _text(value).encode("latin-1")


def _global(module: Any, attribute: Any) -> _Global:
    """A name of NumPy's array pickles, or of the codec that Python 3 writes bytes with in old protocols."""
    module, attribute = _text(module), _text(attribute)
    if (module in _MODULES and attribute in _NAMES) or (module, attribute) == ("_codecs", "encode"):
        return _Global(attribute)
    raise RefusedError(f"the pickle asks for {f'{module}.{attribute}'[:80]!a}, which no batch needs")


def _reduce(function: Any, args: Any) -> Any:
    """What a call would give, made here from its arguments."""
    match function, args:
        case _Global("encode"), (str(text), "latin1" | "latin-1"):
            return text.encode("latin-1")
        case _Global("dtype"), ("u1" | b"u1", *_):
            return _Uint8()
        case _Global("dtype"), _:
            raise RefusedError("the pickle has an array that is not uint8")
        case _Global("_reconstruct"), (_Global("ndarray"), *_):
            return _Array()
        case _Global("_frombuffer"), (buffer, _Uint8(), tuple(shape), str(order)):
            return _Array(_array(buffer, shape, order))
    raise RefusedError("the pickle calls something that no batch needs")


def _build(target: Any, state: Any) -> None:
    """Give an array its state; a dtype's holds nothing that uint8 needs."""
    match target, state:
        case _Uint8(), tuple():
            return
        case _Array(None), (_, tuple(shape), _Uint8(), (bool() | int()) as fortran_order, (bytes() | str()) as buffer):
            target.value = _array(buffer, shape, "F" if fortran_order else "C")
            return
    raise RefusedError("the pickle sets the state of something that is not a uint8 array")


def _array(buffer: Any, shape: tuple[Any, ...], order: str) -> npt.NDArray[np.uint8]:
    """An array over the bytes, whose number must be just what the shape says."""
    raw = _bytes(buffer)
    match shape:
        case int(rows), int(columns) if rows >= 0 and columns >= 0 and rows * columns == len(raw):
            return np.frombuffer(raw, np.uint8).reshape(shape, order="F" if order == "F" else "C")
    raise RefusedError(f"the pickle has an array of {len(raw)} bytes whose shape is not two numbers that give as many")
