"""The documentation is run, not believed: every example, option, policy, rate card, link and error id in it.

In a `console` block a line `$ routecli ...` is executed and the lines under it are what it prints (stdout, then
stderr); a line `...` stands for any number of lines. `$ echo $?` shows the exit code of the command before it; a
command without one exits 0. A block whose info string has a title="NAME" is a file that the page's commands can read.
All commands of a page run in one folder, in order, on 2026-11-23, with sample_logs/ beside them.
"""

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

import routecli
from routecli.data.budget_file import read_budgets
from routecli.data.cards import load_card
from routecli.data.config import rate_overlays, read_config
from routecli.data.deployments import deployed
from routecli.data.overlay_file import OverlayFile
from routecli.data.policy_file import read_policy
from routecli.data.yaml_lines import read_yaml

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
GENERATED = ROOT / "docs" / "commands.md"
WRITTEN = [page for page in PAGES if page != GENERATED]
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("*.md"))
RUN = ("routecli", "cat")
LANGUAGES = ("console", "json", "yaml", "text", "sh")
SHELL = "docs/formats.md"
"""The one page with commands of other programs; its own are run by tests/ingest/test_source_docs.py."""
FENCE = re.compile(
    r"^```(?P<language>\w*)(?: title=\"(?P<title>[\w.-]+)\")?\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@dataclass(frozen=True)
class Block:
    language: str
    title: str
    text: str
    line: int


@dataclass(frozen=True)
class Example:
    """A typed line, what is shown under it, and where it stands."""

    line: int
    typed: str
    shown: tuple[str, ...]


def blocks(page: Path) -> list[Block]:
    text = page.read_text(encoding="utf-8")
    return [
        Block(found["language"], found["title"] or "", found["text"], text.count("\n", 0, found.start()) + 1)
        for found in FENCE.finditer(text)
    ]


def examples(block: Block) -> list[Example]:
    found: list[Example] = []
    for number, line in enumerate(block.text.splitlines(), block.line + 1):
        if line.startswith("$ "):
            found.append(Example(number, line[2:], ()))
        else:
            last = found.pop()
            found.append(Example(last.line, last.typed, (*last.shown, line.rstrip())))
    return found


def prose(page: Path) -> str:
    return FENCE.sub("", page.read_text(encoding="utf-8"))


def spans(page: Path) -> list[str]:
    """What stands between backquotes in the running text."""
    return [" ".join(text.split()) for text in re.findall(r"`([^`]+)`", prose(page))]


@cache
def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_generate", ROOT / "docs" / "generate.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@cache
def options() -> dict[str, frozenset[str]]:
    """The options of each command, by the words typed after `routecli`."""
    every = [(), ("quarantine",), *generator().commands()]
    flags = {words: re.findall(r"(?<![\w-])--?[a-z][\w-]*", generator().help_text(words)) for words in every}
    return {" ".join(words): frozenset(found) for words, found in flags.items()}


def matches(shown: tuple[str, ...], printed: list[str]) -> bool:
    """Whether the shown lines are the printed ones, `...` standing for any number of them."""
    if not shown:
        return not printed
    if shown[0] == "...":
        return any(matches(shown[1:], printed[skip:]) for skip in range(len(printed) + 1))
    return bool(printed) and printed[0] == shown[0] and matches(shown[1:], printed[1:])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "sample_logs").symlink_to(ROOT / "sample_logs")
    return tmp_path


def run(typed: str, folder: Path) -> tuple[int, list[str]]:
    """Exit code and lines of a command line, as on a machine without a terminal."""
    environment = {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]),
        "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
        "HOME": str(folder),
        "LC_ALL": "C.UTF-8",
        "ROUTECLI_TODAY": "2026-11-23",
    }
    done = subprocess.run(
        ["sh", "-c", typed],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        timeout=300,
    )
    return done.returncode, [line.rstrip() for line in done.stdout.strip("\n").splitlines()]


def with_examples() -> list[Path]:
    return [page for page in WRITTEN if any(block.language == "console" for block in blocks(page))]


@pytest.mark.parametrize("page", with_examples(), ids=name_of)
def test_examples_print_what_the_page_shows(page: Path, folder: Path) -> None:
    code = 0
    for block in blocks(page):
        if block.title:
            (folder / block.title).write_text(block.text, encoding="utf-8")
        if block.language != "console":
            continue
        shown = examples(block)
        for position, example in enumerate(shown):
            place = f"{name_of(page)}:{example.line}: $ {example.typed}"
            if example.typed == "echo $?":
                assert example.shown == (str(code),), f"{place}\nexits {code}"
                continue
            if not example.typed.startswith(RUN):
                continue
            code, printed = run(example.typed, folder)
            documented = position + 1 < len(shown) and shown[position + 1].typed == "echo $?"
            assert code == 0 or documented, f"{place}\nexits {code}:\n" + "\n".join(printed)
            wanted = tuple(line for line in "\n".join(example.shown).strip("\n").splitlines())
            if wanted:
                assert matches(wanted, printed), f"{place}\nprints:\n" + "\n".join(printed)


@pytest.mark.parametrize("page", WRITTEN, ids=name_of)
def test_every_block_is_one_that_is_checked(page: Path) -> None:
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    for block in blocks(page):
        place = f"{name_of(page)}:{block.line}"
        assert block.language in LANGUAGES, f"{place}: a block of {block.language or 'no language'}"
        assert block.language != "sh" or name_of(page) == SHELL, f"{place}: commands that nobody checks"
        for example in examples(block) if block.language == "console" else ():
            word, _, rest = example.typed.partition(" ")
            checked = word in RUN or example.typed == "echo $?" or (word == "make" and rest in targets)
            assert checked or example.typed.startswith("python3 -m pip install ."), f"{place}: $ {example.typed}"


@pytest.mark.parametrize("page", WRITTEN, ids=name_of)
def test_files_shown_are_valid(page: Path, tmp_path: Path) -> None:
    for block in blocks(page):
        place = f"{name_of(page)}:{block.line}"
        if block.language == "yaml":
            path = tmp_path / (block.title or "shown.yaml")
            path.write_text(block.text, encoding="utf-8")
            if "schema: routecli/policy/v1" in block.text:
                assert read_policy(path, load_card(None), rules_only=False).name, place
            elif re.match(r"(budgets|waivers):", block.text):
                assert any(read_budgets(path)), place
            elif re.match(r"deployments:", block.text):
                assert deployed(load_card(None), read_config(path)).deployments, place
            elif re.match(r"rates:", block.text):
                assert rate_overlays(read_config(path)), place
            elif "schema: routecli/rate-overlay/v1" in block.text:
                assert OverlayFile.model_validate(read_yaml(path.read_bytes(), place).data), place
            elif re.match(r"(include|repos):", block.text):
                assert not read_yaml(path.read_bytes(), place).problems, place
            else:
                assert load_card(path).models, place
        elif block.language == "json":
            for text in block.text.splitlines() if block.title.endswith(".jsonl") else [block.text]:
                assert isinstance(json.loads(text), dict), place


@pytest.mark.parametrize("page", WRITTEN, ids=name_of)
def test_commands_and_options_in_the_text_exist(page: Path) -> None:
    known = options()
    for span in spans(page):
        if span.startswith("--"):
            option = re.split(r"[ =]", span)[0]
            assert any(option in found for found in known.values()), f"{name_of(page)}: no option {option}"
        if span.startswith("routecli "):
            words = span.split()[1:]
            command = next((" ".join(words[:n]) for n in (2, 1) if " ".join(words[:n]) in known), None)
            assert command is not None or words[0].startswith("--"), f"{name_of(page)}: no command `{span}`"
            for option in (word for word in words if re.match(r"--?[a-z]", word)):
                assert option in known[command or ""], f"{name_of(page)}: `{span}` has no {option}"


@pytest.mark.parametrize("words", generator().commands(), ids=" ".join)
def test_every_command_is_explained_beyond_its_help(words: tuple[str, ...]) -> None:
    typed = f"routecli {' '.join(words)}"
    text = "\n".join(page.read_text(encoding="utf-8") for page in WRITTEN)
    assert re.search(rf"{typed}\b", text), f"no page but commands.md mentions {typed}"


def test_generated_pages_are_fresh() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "docs" / "generate.py"), "--check"], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_stale_page_is_found(tmp_path: Path) -> None:
    for part in ("docs", "pricing", "routecli"):
        shutil.copytree(ROOT / part, tmp_path / part, ignore=shutil.ignore_patterns("__pycache__"))
    page = tmp_path / "docs" / "commands.md"
    page.write_text(page.read_text(encoding="utf-8").replace("--cascade", "--waterfall", 1), encoding="utf-8")
    script = [sys.executable, str(tmp_path / "docs" / "generate.py")]
    stale = subprocess.run([*script, "--check"], capture_output=True, text=True, timeout=300)
    assert stale.returncode == 1
    assert "+  --cascade" in stale.stdout and "-  --waterfall" in stale.stdout
    assert subprocess.run(script, capture_output=True, timeout=300).returncode == 0
    assert subprocess.run([*script, "--check"], capture_output=True, timeout=300).returncode == 0


def slug(heading: str) -> str:
    """The anchor that a heading gets."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        if re.match(r"https?:", target):
            continue
        path, _, anchor = target.partition("#")
        found = (page.parent / path).resolve() if path else page
        assert found.exists(), f"{name_of(page)}: {target}"
        if anchor:
            headings = re.findall(r"^#+ (.+)$", prose(found), re.MULTILINE)
            assert anchor in map(slug, headings), f"{name_of(page)}: {target}"


@pytest.mark.parametrize("page", WRITTEN, ids=name_of)
def test_error_ids_exist(page: Path) -> None:
    ids = generator().error_ids()
    for id in re.findall(r"\[([a-z]+(?:-[a-z]+)+)\](?!\()", page.read_text(encoding="utf-8")):
        assert id in ids, f"{name_of(page)}: [{id}]"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_no_machine_path_and_no_registry(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert not re.search(r"(?<![\w.:/])/(?:home|root|tmp|usr|var|opt|Users|mnt|work)\b", text)
    assert not re.search(r"https?://\S*(?:pypi|packages|registry|artifact)\S*", text)


@pytest.mark.parametrize("page", DECISIONS, ids=name_of)
def test_decisions_have_a_date_and_three_parts(page: Path) -> None:
    assert re.fullmatch(r"20\d\d-\d\d-\d\d-[a-z0-9-]+\.md", page.name)
    assert re.findall(r"^## (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE) == [
        "Context",
        "Decision",
        "Consequence",
    ]


def test_the_changelog_has_this_version_first() -> None:
    versions = re.findall(r"^## (\d+\.\d+\.\d+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert versions[0] == routecli.__version__


def test_the_article_page_computes_its_own_column(folder: Path) -> None:
    """The middle of the article page is one table: scenario, the article's bill, the bill that follows."""
    rows = re.findall(r"^\| [^|]+ \| \$(\d+) \| \$(\d+) \| (.+) \|$", prose(ROOT / "docs" / "article.md"), re.MULTILINE)
    assert [int(article) for article, *_ in rows] == [475, 237, 190, 285]
    for _, follows, command in rows:
        code, printed = run(f"{command.strip().strip('`')} --json", folder)
        report = json.loads("\n".join(printed))
        bills = {report["baseline"]["monthly_usd"], *(one["monthly_usd"] for one in report["policies"])}
        assert code == 0 and float(follows) in bills, f"{command} gives {bills}"
