"""The page's own files: JavaScript modules and a style sheet, without a build step.

A server hands them out as they are (`names`, `read`); a file that must stand alone takes them as
one script (`bundle`). The modules keep to a few forms of import and export, so that a few
lines can link them. Those that only a class needs lie in the folder `classroom`.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

STYLE = "style.css"
CLASSROOM = "classroom"
_KINDS = (".js", ".css", ".svg")
_IMPORT = re.compile(r'^import \{([^}]*)\} from "\./([a-z_]+\.js)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async function|function|const|class) ([A-Za-z_$][\w$]*))", re.MULTILINE)
_OTHER = re.compile(r"^\s*(?:import|export)\b", re.MULTILINE)


@cache
def names(folder: str = "") -> list[str]:
    """The files of the page, or those of a folder in it, by name: `map.js`, `classroom/join.js`."""
    inside = files(__name__).joinpath(folder).iterdir()
    prefix = f"{folder}/" if folder else ""
    return sorted(prefix + each.name for each in inside if each.name.endswith(_KINDS))


def read(name: str) -> str:
    """The text of one of the page's files.

    Raises:
        KeyError: there is none of this name.
    """
    if name not in (*names(), *names(CLASSROOM)):
        raise KeyError(name)
    return files(__name__).joinpath(name).read_text(encoding="utf-8")


def bundle(entry: str) -> str:
    """One script that does what the module `entry` does, with all that it imports.

    Each module becomes a function that returns its exports, called once, after those that it needs.

    Raises:
        ValueError: modules import each other in a circle, or by a form that is not understood.
    """
    linked: dict[str, str] = {}
    _link(entry, linked, ())
    return '"use strict";\n' + "".join(linked.values())


def _link(name: str, linked: dict[str, str], above: tuple[str, ...]) -> None:
    if name in above:
        raise ValueError(f"modules import each other: {' -> '.join((*above, name))}")
    if name in linked:
        return
    text = read(name)
    for _, needed in _IMPORT.findall(text):
        _link(needed, linked, (*above, name))
    body = _EXPORT.sub("", _IMPORT.sub(_taken, text))
    if other := _OTHER.search(body):
        raise ValueError(f"{name}: this form of import or export is not understood: {other.group().strip()}")
    exports = ", ".join(_EXPORT.findall(text))
    linked[name] = f"const {_variable(name)} = (() => {{\n{body}return {{ {exports} }};\n}})();\n"


def _taken(found: re.Match[str]) -> str:
    """An import as a `const` that takes the names from the other module's exports."""
    wanted = " ".join(found[1].split()).replace(" as ", ": ")
    return f"const {{ {wanted} }} = {_variable(found[2])};\n"


def _variable(name: str) -> str:
    return "$" + name.removesuffix(".js")
