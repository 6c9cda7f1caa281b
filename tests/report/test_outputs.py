"""`-o FMT=PATH`: what is read from it, and files that are written whole or not at all."""

import io
import os
import stat
import threading
from pathlib import Path

import pytest
from sample_view import DOCUMENT, VIEW

from routecli.errors import EnvironmentFault, UsageError
from routecli.report.outputs import Output, check_outputs, parse_outputs, print_report, write_file, write_outputs
from routecli.report.render import render
from routecli.report.view import View

NOT_ROOT = pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")


@pytest.mark.parametrize(
    ("value", "format", "path"),
    [
        ("json=report.json", "json", "report.json"),
        ("csv=out/a.txt", "csv", "out/a.txt"),
        ("markdown=a=b.md", "markdown", "a=b.md"),
        ("report.md", "markdown", "report.md"),
        ("REPORT.JSON", "json", "REPORT.JSON"),
        ("runs/a=b/report.csv", "csv", "runs/a=b/report.csv"),
        ("./a=b.txt", "table", "a=b.txt"),
    ],
)
def test_an_output_is_read(value, format, path):
    assert parse_outputs([value]) == (Output(format, Path(path)),)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("jsn=report.json", r"no output format is called 'jsn'; did you mean 'json'\? \[unknown-format\]"),
        ("report", r"'report' does not say its format; .* \[unknown-format\]"),
        ("report.xls", r"one of table, json, csv, markdown, github, junit, sarif \[unknown-format\]"),
        ("json=", r"names no file; write -o json=PATH, or -f json for stdout \[output-without-path\]"),
        ("json=-", r"\[output-without-path\]"),
        ("=report.json", r"\[unknown-format\]"),
        ("", r"\[unknown-format\]"),
    ],
)
def test_a_mistyped_output_is_a_usage_error(value, message):
    with pytest.raises(UsageError, match=message):
        parse_outputs([value])


def test_two_outputs_to_one_file_are_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").symlink_to(tmp_path)
    for first, second in [
        ("a.json", "a.json"),
        ("a.json", "csv=a.json"),
        ("a.json", f"json={tmp_path}/a.json"),
        ("a.json", "./a.json"),
        ("a.json", "folder/a.json"),
    ]:
        with pytest.raises(UsageError, match=r"would write the same file; .*\[output-twice\]") as raised:
            parse_outputs([first, second])
        assert repr(first) in str(raised.value)
    assert len(parse_outputs(["a.json", "a.csv", "b.json"])) == 3


def test_every_format_is_written_as_it_is_rendered(tmp_path):
    names = {"table": "a.txt", "json": "a.json", "csv": "a.csv", "markdown": "a.md"}
    write_outputs(parse_outputs([str(tmp_path / name) for name in names.values()]), DOCUMENT, VIEW)
    for format, name in names.items():
        assert (tmp_path / name).read_bytes().decode("utf-8") == render(format, DOCUMENT, VIEW)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(names.values())


def test_a_report_that_cannot_be_rendered_leaves_every_file_as_it_was(tmp_path):
    (tmp_path / "a.md").write_text("old")
    outputs = parse_outputs([str(tmp_path / "a.md"), str(tmp_path / "b.json")])
    with pytest.raises(ValueError, match="JSON compliant"):
        write_outputs(outputs, {"usd": float("nan")}, View(["x"], []))
    assert (tmp_path / "a.md").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["a.md"]


def test_a_missing_folder_is_named_before_anything_is_written(tmp_path):
    outputs = parse_outputs([str(tmp_path / "a.json"), str(tmp_path / "no" / "b.json")])
    for attempt in (check_outputs, lambda outputs: write_outputs(outputs, DOCUMENT, VIEW)):
        with pytest.raises(EnvironmentFault, match=r"no folder .*no to write b.json in; create it") as raised:
            attempt(outputs)
        assert raised.value.id == "output-folder-missing"
    assert not list(tmp_path.iterdir())


def test_a_folder_is_not_a_file(tmp_path):
    with pytest.raises(EnvironmentFault, match=r"is a folder; name a file in it \[output-is-a-folder\]"):
        write_file(tmp_path, "x")


def test_a_file_in_the_place_of_a_folder_is_named(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(EnvironmentFault, match="output-folder-missing"):
        write_file(tmp_path / "file" / "a.json", "x")


@NOT_ROOT
def test_a_write_protected_folder_or_file_is_refused(tmp_path):
    (tmp_path / "a.json").write_text("old")
    (tmp_path / "a.json").chmod(0o444)
    with pytest.raises(EnvironmentFault, match=r"write-protected.*\[output-unwritable\]"):
        write_file(tmp_path / "a.json", "new")
    tmp_path.chmod(0o555)
    try:
        with pytest.raises(EnvironmentFault, match=r"no permission in folder .*\[output-unwritable\]"):
            write_file(tmp_path / "b.json", "new")
    finally:
        tmp_path.chmod(0o755)


def test_a_name_too_long_for_the_disk_is_an_environment_fault_and_leaves_nothing(tmp_path):
    with pytest.raises(EnvironmentFault, match=r"\[output-unwritable\]"):
        write_file(tmp_path / ("x" * 300), "new")
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(os.name == "nt", reason="permissions, links and devices as on Unix")
class TestUnix:
    def test_a_new_file_gets_the_permissions_of_any_new_file(self, tmp_path):
        (tmp_path / "usual").write_text("x")
        write_file(tmp_path / "report.json", "x")
        assert mode(tmp_path / "report.json") == mode(tmp_path / "usual")

    def test_an_existing_file_keeps_its_permissions(self, tmp_path):
        (tmp_path / "report.json").write_text("old")
        (tmp_path / "report.json").chmod(0o640)
        write_file(tmp_path / "report.json", "new")
        assert mode(tmp_path / "report.json") == 0o640
        assert (tmp_path / "report.json").read_text() == "new"

    def test_a_link_stays_a_link(self, tmp_path):
        (tmp_path / "there").mkdir()
        (tmp_path / "link.json").symlink_to(tmp_path / "there" / "real.json")
        write_file(tmp_path / "link.json", "new")
        assert (tmp_path / "link.json").is_symlink()
        assert (tmp_path / "there" / "real.json").read_text() == "new"

    def test_a_pipe_is_written_in_place(self, tmp_path):
        os.mkfifo(tmp_path / "pipe")
        received = []
        reader = threading.Thread(target=lambda: received.append((tmp_path / "pipe").read_text()))
        reader.start()
        write_file(tmp_path / "pipe", "through")
        reader.join()
        assert received == ["through"]
        assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)

    def test_a_device_is_never_replaced(self):
        before = os.stat("/dev/null")  # noqa: PTH116
        write_file(Path("/dev/null"), "x")
        assert stat.S_ISCHR(before.st_mode)
        assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)

    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
    def test_a_full_disk_is_an_environment_fault(self):
        with pytest.raises(EnvironmentFault, match=r"cannot write /dev/full \(no space left\).*\[disk-full\]"):
            write_file(Path("/dev/full"), "x")

    def test_line_ends_are_kept(self, tmp_path):
        write_file(tmp_path / "a.csv", "a\nb\r\n\ud800")
        assert (tmp_path / "a.csv").read_bytes() == b"a\nb\r\n\\ud800"


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_a_stdout_of_few_letters_gets_escapes():
    buffer = io.BytesIO()
    stream = io.TextIOWrapper(buffer, encoding="ascii", newline="")
    print_report("日 $1\n", stream)
    assert buffer.getvalue() == b"\\u65e5 $1\n"


def test_a_report_is_printed(capsys):
    print_report("a\n")
    assert capsys.readouterr() == ("a\n", "")
