"""The page's own files: they link into one script, keep to the rules, and let nothing in."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from sim import page as package
from sim.page import STYLE, bundle, names, read
from sim.report import write
from sim.report.html import ENTRY, html

MODULES = [name for name in names() if name.endswith(".js")]


def linked(monkeypatch: pytest.MonkeyPatch, files: dict[str, str]) -> str:
    monkeypatch.setattr(package, "read", files.__getitem__)
    return bundle("a.js")


def test_modules_come_after_those_they_need_and_once(monkeypatch: pytest.MonkeyPatch) -> None:
    script = linked(monkeypatch, {
        "a.js": 'import { one as uno } from "./b.js";\nimport {\n  two,\n} from "./c.js";\nuno(two);\n',
        "b.js": 'import { two } from "./c.js";\nexport function one() {}\n',
        "c.js": "export const two = 2;\nexport async function three() {}\n",
    })  # fmt: skip
    assert [found[1] for found in re.finditer(r"const \$(\w+) = ", script)] == ["c", "b", "a"]
    assert "const { one: uno } = $b;" in script
    assert "return { two, three };" in script
    assert not re.search(r"^\s*(import|export)\b", script, re.MULTILINE)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"a.js": 'import { b } from "./b.js";\n', "b.js": 'import { a } from "./a.js";\n'}, "a.js -> b.js -> a.js"),
        ({"a.js": 'import everything from "./b.js";\n'}, "a.js: this form of import"),
        ({"a.js": "export default 1;\n"}, "a.js: this form of import or export"),
        ({"a.js": 'export * from "./b.js";\n'}, "is not understood"),
    ],
    ids=["a circle", "a default import", "a default export", "an export of all"],
)
def test_what_cannot_be_linked_is_said(monkeypatch: pytest.MonkeyPatch, files: dict[str, str], message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        linked(monkeypatch, files)


def test_every_module_is_in_the_report() -> None:
    script = bundle(ENTRY)
    assert [name for name in MODULES if f"const ${name.removesuffix('.js')} = (" not in script] == []


def test_there_is_no_other_file() -> None:
    with pytest.raises(KeyError):
        read("../report/page.html")


@pytest.mark.parametrize("name", MODULES)
def test_text_is_never_markup_and_nothing_is_loaded(name: str) -> None:
    text = read(name)
    assert text.startswith("// "), "says first what it is for"
    assert max(map(len, text.splitlines())) <= 120
    for word in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "Function(", "fetch(",
                 "XMLHttpRequest", "import(", "localStorage", "</script", "setAttribute(\"style"):  # fmt: skip
        assert word not in text
    addresses = set(re.findall(r"https?://[^\"'` ]+", text))
    assert addresses <= {"http://www.w3.org/2000/svg"}  # a name, not an address


def test_the_policy_allows_its_own_script_and_style_and_nothing_else(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)
    assert policy
    rules = dict(rule.split(" ", 1) for rule in policy[1].split("; "))
    script = re.search(r'<script type="module">(.*)</script>', text, re.DOTALL)
    style = re.search(r"<style>(.*)</style>", text, re.DOTALL)
    assert script
    assert style
    assert rules == {
        "default-src": "'none'",
        "script-src": f"'sha256-{b64encode(sha256(script[1].encode()).digest()).decode()}'",
        "style-src": f"'sha256-{b64encode(sha256(style[1].encode()).digest()).decode()}'",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    assert style[1] == read(STYLE)
    assert " style=" not in text.replace(script[1], "")


def test_data_cannot_end_their_element(data: dict[str, Any]) -> None:
    title = "</script><script>alert(1)</script><!-- {{ script }}"
    text = html({**data, "case": {**data["case"], "title": title}})
    assert text.count("</script>") == html(data).count("</script>")
    assert "&lt;/script&gt;&lt;script&gt;alert(1)" in text  # in the title of the page


def test_a_page_is_never_overwritten(data: dict[str, Any], page: Path) -> None:
    before = page.read_bytes()
    with pytest.raises(FileExistsError):
        write(data, page)
    assert page.read_bytes() == before
