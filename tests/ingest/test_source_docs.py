"""docs/formats.md: every ingest command shown there is run, on a log of the source it stands under."""

import csv
import io
import json
import re
import shlex
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.csv
import pyarrow.fs
import pyarrow.parquet
import pytest

from routecli.data.logs.formats import FORMATS
from routecli.data.logs.sources import objects
from tests import servers
from tests.ingest.samples import DOCUMENTS, READ_AS, TABLES
from tests.inprocess import run

PAGE = Path(__file__).resolve().parents[2] / "docs" / "formats.md"
TEXT = PAGE.read_text(encoding="utf-8")
IDS = [*(format.id for format in FORMATS), "mapped"]
REMOTE = re.compile(r"(?:s3|gs|postgresql)://|\$DATABASE_URL")
UNREACHABLE = ("storage-unreachable", "database-unreachable")
ROWS = {"mapped": ("When,Engine,In,Out", ["2026-11-01T00:00:00Z", "gpt-5.5", "10", "2"]), **TABLES}


@dataclass(frozen=True)
class Shown:
    """An ingest command and the format of what it reads."""

    command: str
    id: str


def sections() -> dict[str, str]:
    """Text by heading, of the part with commands."""
    part = TEXT[TEXT.index("## From there to here") :]
    found = re.split(r"^### (.+)$", part, flags=re.MULTILINE)[1:]
    return dict(zip(found[::2], found[1::2], strict=True))


def blocks(text: str) -> list[str]:
    return re.findall(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def shown() -> list[Shown]:
    found = []
    for heading, text in sections().items():
        commands = [line for block in blocks(text) for line in block.splitlines() if line.startswith("routecli ")]
        known = [id for id in re.findall(r"`(\w+)`", heading) or re.findall(r"`(\w+)`", text) if id in IDS]
        ids = known * len(commands) if len(known) == 1 else known
        found += [Shown(command, id) for command, id in zip(commands, ids, strict=True)]
    return found


def put(path: Path, id: str) -> None:
    """A log of the format, as its name says it is written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix in (".csv", ".parquet"):
        header, row = ROWS[id]
        text = io.StringIO()
        csv.writer(text).writerows([header.split(","), row])
        content = text.getvalue()
        if path.suffix == ".parquet":
            pyarrow.parquet.write_table(pyarrow.csv.read_csv(pyarrow.BufferReader(content.encode())), path)
            return
    else:
        content = json.dumps(DOCUMENTS[id]) + "\n"
    path.write_text(content, encoding="utf-8")


def local(word: str) -> str:
    """A path that the word of a command names."""
    return word.replace("~/", "home/").replace("**", "deep").replace("*", "1") + (
        "deep/1.jsonl" if word[-1] == "/" else ""
    )


@pytest.mark.parametrize("one", shown(), ids=lambda one: one.command.removeprefix("routecli ingest "))
def test_commands_read_what_they_stand_under(one: Shown, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = shlex.split(one.command)[1:]
    paths = [word for word in words[1:] if re.search(r"[./]", word) and "=" not in word]
    assert words[0] == "ingest"
    if REMOTE.search(one.command):
        port = servers.free_port()
        nowhere = f"127.0.0.1:{port}"
        monkeypatch.setattr(pyarrow.fs, "S3FileSystem", servers.impatient_s3(port))
        monkeypatch.setattr(objects, "_RETRY_S", 1)
        for name in ("AWS_ENDPOINT_URL", "CLOUD_STORAGE_EMULATOR_ENDPOINT"):
            monkeypatch.setenv(name, f"http://{nowhere}")
        words = [word.replace("$DATABASE_URL", f"postgresql://me@{nowhere}/litellm") for word in words]
        outcome = run(tmp_path, *words)
        assert outcome.code == 4 and outcome.stderr.endswith(tuple(f"[{id}]\n" for id in UNREACHABLE)), outcome.stderr
        return
    samples = [one.id, *(id for id, read in READ_AS.items() if read == one.id)]
    for path, id in zip(paths, samples * len(paths), strict=False):
        put(tmp_path / local(path), id)
    described = re.search(r"^```text\n(mappings:.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
    assert described
    (tmp_path / "routecli.yaml").write_text(described[1])
    outcome = run(tmp_path, *(word.replace("~/", "home/") for word in words), "--json")
    assert outcome.code == 0, outcome.stderr
    assert paths and outcome.document["totals"]["rows_new"] > 0
    for file in outcome.document["files"]:
        assert (file["format"], file["rows_read"] > 0, file["rows_quarantined"]) == (one.id, True, 0), file


def test_every_format_has_a_command_and_a_line_in_the_table() -> None:
    assert sorted({one.id for one in shown()}) == sorted(IDS)
    table = TEXT[TEXT.index("## Formats") : TEXT.index("## From there to here")]
    for format in FORMATS:
        assert f"`{format.id}`" in table


def test_every_kind_of_source_has_a_command() -> None:
    commands = " ".join(one.command for one in shown())
    for word in ("s3://", "gs://", "$DATABASE_URL", "--map", "--mapping", "--set", "**"):
        assert word in commands


@pytest.mark.parametrize("block", blocks(TEXT), ids=lambda block: block.strip().splitlines()[-1][:60])
def test_commands_of_others_are_at_least_sound_shell(block: str) -> None:
    done = subprocess.run(["sh", "-n"], input=block, capture_output=True, text=True, timeout=30)
    assert (done.returncode, done.stderr) == (0, "")


def snake(value: Any) -> Any:
    """A document as Phoenix writes it."""
    if isinstance(value, list):
        return [snake(one) for one in value]
    if isinstance(value, dict):
        return {re.sub("[A-Z]", lambda found: "_" + found[0].lower(), key): snake(one) for key, one in value.items()}
    return value


def test_spans_of_phoenix_are_read_after_the_filter_shown(tmp_path: Path) -> None:
    jq = shutil.which("jq")
    if jq is None:
        pytest.skip("jq is not installed")
    (program,) = re.findall(r"jq -c '(\.data\[\] \| walk.+?)'", TEXT)
    spans = DOCUMENTS["otlp_openinference"]["resourceSpans"][0]["scopeSpans"][0]["spans"]
    page = json.dumps({"data": snake(spans), "next_cursor": None})
    assert "start_time_unix_nano" in page and "string_value" in page
    lines = subprocess.run(
        [jq, "-c", program], input=page, capture_output=True, text=True, check=True, timeout=30
    ).stdout
    (tmp_path / "phoenix.jsonl").write_text(lines)
    outcome = run(tmp_path, "ingest phoenix.jsonl --json")
    assert outcome.code == 0, outcome.stderr
    (one,) = outcome.document["files"]
    assert (one["format"], one["rows_new"]) == ("otlp_openinference", len(spans))
