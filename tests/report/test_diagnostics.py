"""Exit codes and stderr, proved on a real process: what a shell, a pipeline and a CI job see."""

import io
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from processes import environment, on_terminal, run, shell

from routecli import diagnostics
from routecli.diagnostics import ExitCode
from routecli.faults import translated

UNIX = pytest.mark.skipif(sys.platform == "win32", reason="signals, pipes and devices as on Unix")


def test_the_numbers_are_a_contract():
    assert {code.name: int(code) for code in ExitCode} == {
        "PASS": 0, "BREACH": 1, "USAGE": 2, "UNFIT": 3, "ENVIRONMENT": 4, "BUG": 70, "INTERRUPT": 130
    }  # fmt: skip


@pytest.mark.parametrize("code", [0, 1, 3, 4])
@pytest.mark.parametrize("way", ["verdict", "leave"])
def test_a_command_answers_with_its_own_code_and_still_prints(way, code):
    done = run(way, str(code))
    assert (done.stdout, done.stderr, done.returncode) == ("the report\n", "", code)


def test_a_command_without_an_answer_passes():
    done = run("show", "a", "--size", "large")
    assert (done.stdout, done.stderr, done.returncode) == ("a 1 large\n", "", 0)


@pytest.mark.parametrize(
    ("kind", "code", "line"),
    [
        ("usage", 2, "routecli: error: --a and --b contradict; drop one [two-policies]"),
        ("environment", 4, "routecli: error: routecli.duckdb: the store is locked [store-locked]"),
        ("base", 70, "routecli: error: an odd thing [odd]"),
        ("interrupt", 130, "routecli: interrupted"),
        ("abort", 130, "routecli: interrupted"),
        ("memory", 4, "routecli: error: out of memory; read fewer logs at once, or use more memory [out-of-memory]"),
        ("full", 4, "routecli: error: logs/a.jsonl: No space left on device; free some space [disk-full]"),
        ("files", 4, "routecli: error: Too many open files [system]"),
        ("words", 70, "routecli: error: some words"),
        ("parameter", 2, "routecli: error: fail: invalid value for --success: must be a share 0-1; "
         "see routecli fail --help [bad-value]"),
    ],
)  # fmt: skip
def test_a_failure_is_one_plain_line_and_one_code(kind, code, line):
    done = run("fail", kind)
    assert (done.stderr, done.returncode, done.stdout) == (line + "\n", code, "before\n")


def test_problems_are_listed_up_to_twenty_and_then_counted():
    done = run("fail", "data")
    lines = done.stderr.splitlines()
    assert done.returncode == 3
    assert lines[0] == "routecli: error: card.yaml: 3 rates are wrong (see below); edit it [bad-card]"
    assert lines[1:21] == [rf"  line {at}: \x1b[31mnegative rate" for at in range(20)]
    assert lines[21:] == ["  ... and 3 more of 23"]


@pytest.mark.parametrize(
    ("kind", "last"),
    [
        ("bug", r"routecli: bug: ZeroDivisionError by \x1b[31mzero; please report it with the lines above (routecli "),
        ("missing", "routecli: bug: FileNotFoundError [Errno 2] No such file or directory: 'x'; please report it"),
        ("truncated", "routecli: bug: EOFError compressed file ended; please report it"),
        ("endpoint", "routecli: bug: BrokenPipeError [Errno 32] the endpoint hung up; please report it"),
    ],
)
def test_anything_unforeseen_is_a_bug_with_its_traceback(kind, last):
    done = run("fail", kind)
    assert done.returncode == 70
    assert "Traceback (most recent call last):" in done.stderr
    assert done.stderr.splitlines()[-1].startswith(last)
    assert "\x1b" not in done.stderr
    assert done.stdout == "before\n"


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["shw", "x"], "no such command 'shw'; did you mean 'show'? [unknown-command]"),
        (["frobnicate"], "no such command 'frobnicate'; see routecli --help [unknown-command]"),
        (["show", "x", "--numbr", "1"], "show: no option --numbr; did you mean '--number'? [unknown-option]"),
        (["show", "x", "-z"], "show: no option -z; see routecli show --help [unknown-option]"),
        (["show"], "show: missing argument 'path'; see routecli show --help [missing-parameter]"),
        (["show", "x", "y"], "show: got unexpected extra argument(s) (y); see routecli show --help [bad-usage]"),
        (["show", "x", "--number"], "option '--number' requires an argument; see --help [bad-usage]"),
        (["show", "x", "--number", "q"], "show: invalid value for '--number': Input should be a valid integer, "
         "unable to parse string as an integer (got 'q'); see routecli show --help [bad-value]"),
        (["show", "x", "--number", "9"], "show: invalid value for '--number': Input should be less than or equal "
         "to 5 (got '9'); see routecli show --help [bad-value]"),
        (["show", "x", "--size", "smal"], "show: invalid value for '--size': 'smal' is not one of 'small', 'large'; "
         "did you mean 'small'? [bad-value]"),
        (["show", "x", "--\x1b[31m"], r"show: no option --\x1b[31m; see routecli show --help [unknown-option]"),
    ],
)  # fmt: skip
def test_a_mistyped_line_is_one_plain_line_and_code_2(arguments, line):
    for extra in ({}, {"GITHUB_ACTIONS": "true", "FORCE_COLOR": "1"}):
        done = run(*arguments, **extra)
        assert (done.stderr, done.returncode, done.stdout) == (f"routecli: error: {line}\n", 2, "")


def test_no_command_at_all_shows_the_help_on_stderr():
    done = run()
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.lstrip().startswith("Usage: routecli [OPTIONS] COMMAND")
    assert "Traceback" not in done.stderr


def test_help_is_data_and_passes():
    done = run("show", "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert "--number" in done.stdout


def test_an_app_that_exits_by_itself_keeps_its_code():
    assert run("standalone", "leave", "3").returncode == 3
    assert run("standalone", "show", "x").returncode == 0


@UNIX
@pytest.mark.parametrize("printer", ["write", "echo", "report"])
def test_a_reader_that_has_seen_enough_is_a_quiet_pass(printer):
    done = shell(f'APP lines 100000 --printer {printer} | head -1; echo "${{PIPESTATUS[0]}}"')
    assert done.stdout.splitlines() == ["line 0 " + "x" * 90, "0"]
    assert done.stderr == ""


@UNIX
def test_a_pipe_that_breaks_at_the_last_flush_is_a_quiet_pass():
    done = shell("(sleep 1; APP lines 3) | true; echo ${PIPESTATUS[0]}")
    assert (done.stdout, done.stderr) == ("0\n", "")


@UNIX
def test_a_standalone_app_on_a_broken_pipe_is_a_quiet_pass_too():
    done = shell("APP standalone lines 100000 | head -1 >/dev/null; echo ${PIPESTATUS[0]}")
    assert (done.stdout, done.stderr) == ("0\n", "")


@UNIX
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
@pytest.mark.parametrize("lines", [1, 100000])
def test_a_full_disk_under_stdout_is_an_environment_fault(lines):
    done = shell(f"APP lines {lines} >/dev/full")
    assert done.returncode == 4
    assert done.stderr == "routecli: error: No space left on device; free some space [disk-full]\n"


@UNIX
def test_closed_streams_do_not_change_the_answer():
    assert shell("APP verdict 1 >&-").returncode == 1
    assert shell("APP fail usage 2>&-").returncode == 2
    assert shell("APP fail bug 2>/dev/full").returncode == 70
    assert shell("APP narrate 2>&-").returncode == 0


@UNIX
def test_control_c_is_130_with_one_line():
    script = (
        "import signal, sys, time; from routecli import diagnostics\n"
        # A job in the background, as on CI, has control-C ignored and its children inherit that; a terminal's has not.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "def work():\n"
        "    print('ready', flush=True)\n"
        "    time.sleep(60)\n"
        "sys.exit(diagnostics.run(work))"
    )
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", script], env=environment(), text=True, **pipes) as process:
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGINT)
        _, narration = process.communicate()
    assert (process.returncode, narration) == (130, "routecli: interrupted\n")


@UNIX
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_the_engine_on_a_full_disk_is_an_environment_fault():
    done = run("engine", "COPY (SELECT range FROM range(1000000)) TO '/dev/full'")
    assert done.returncode == 4
    assert done.stderr.startswith("routecli: error: no space left on the disk (")
    assert done.stderr.endswith("; free some space [disk-full]\n")
    assert done.stderr.count("\n") == 1


def test_the_engine_out_of_temporary_space_is_an_environment_fault(tmp_path):
    done = run(
        "engine",
        "SET memory_limit='30MB'",
        "SET threads=1",
        f"SET temp_directory='{tmp_path}/spill'",
        "SET max_temp_directory_size='1MB'",
        "SELECT count(*) FROM (SELECT md5(range::VARCHAR) m FROM range(2000000) GROUP BY 1)",
    )
    assert (done.returncode, done.stderr.count("\n")) == (4, 1)
    assert done.stderr.startswith("routecli: error: the database ran out of memory or of temporary disk space (")


def test_any_other_engine_error_is_a_bug():
    assert run("engine", "SELECT nonsense").returncode == 70


def test_narration_is_plain_lines_that_quiet_silences_and_verbose_extends():
    normal = "routecli: a note in two lines \\x1b[31m\nroutecli: warning: a warning\n"
    assert run("narrate").stderr == normal
    assert run("-v", "narrate").stderr == normal + "routecli: a detail\n"
    assert run("-q", "narrate").stderr == ""
    assert run("-q", "-v", "narrate").stderr == ""
    assert run("-q", "fail", "usage").stderr != ""


def test_stderr_of_few_letters_gets_escapes():
    done = run("show", "x", "--size", "größe", PYTHONIOENCODING="ascii")
    assert done.returncode == 2
    assert r"'gr\xf6\xdfe' is not one of" in done.stderr


def test_progress_is_drawn_on_a_terminal_and_erased():
    pytest.importorskip("pty")
    drawn = on_terminal("work", stream="stderr")
    first, second = "reading logs: 1 of 4 rows (25.0 %)", "reading logs: 4 of 4 rows (100.0 %)"
    erased = "\r" + " " * len(first) + "\r"
    assert drawn == f"\r{first}{erased}routecli: between\n\r{second}\r{' ' * len(second)}\r"


@pytest.mark.parametrize(
    ("arguments", "variables"), [(["-q"], {}), ([], {"CI": "true"}), ([], {"TERM": "dumb"}), (["-q"], {"CI": "1"})]
)
def test_progress_is_silent_when_quiet_in_ci_or_on_a_dumb_terminal(arguments, variables):
    pytest.importorskip("pty")
    drawn = on_terminal(*arguments, "work", stream="stderr", **variables)
    assert drawn == ("" if arguments else "routecli: between\n")


def test_progress_is_silent_off_a_terminal():
    assert run("work").stderr == "routecli: between\n"


class Screen(io.StringIO):
    def isatty(self):
        return True


def test_progress_waits_half_a_second_and_never_wraps(monkeypatch):
    for name in ("CI", "TERM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "30")
    screen = Screen()
    monkeypatch.setattr(sys, "stderr", screen)
    moments = iter([0.0, 0.2, 0.49, 0.51, 0.55, 0.62])
    shown = []
    with diagnostics.progress("reading", clock=lambda: next(moments)) as advance:
        for _ in range(4):
            advance()
            shown.append(screen.getvalue().count("reading"))
        advance()
    assert shown == [0, 0, 1, 1]
    assert "reading: 5" in screen.getvalue()
    screen.truncate(0)
    clock = iter([0.0, 1.0])
    with diagnostics.progress("a long label " * 5, clock=lambda: next(clock)) as advance:
        advance()
    assert screen.getvalue().rstrip("\r ").rpartition("\r")[2] == ("a long label " * 5)[:29].rstrip()


def test_an_exception_that_is_no_fault_of_the_machine_is_not_translated():
    assert translated(ValueError("x")) is None
    assert translated(FileNotFoundError(2, "gone")) is None
    assert translated(KeyError("x")) is None


def test_a_plain_function_is_run_the_same_way(capsys):
    assert diagnostics.run(lambda: None) == 0
    assert diagnostics.run(lambda: True) == 0
    assert diagnostics.run(lambda: ExitCode.BREACH) == 1
    assert type(diagnostics.run(lambda: ExitCode.UNFIT)) is int
    assert capsys.readouterr() == ("", "")


def test_a_failing_run_does_not_load_the_command_line_or_the_engine():
    script = (
        "import sys; from routecli import diagnostics, errors\n"
        "def fail(): raise errors.DataError('x', 'y')\n"
        "assert diagnostics.run(fail) == 3\n"
        "print(sorted({n.partition('.')[0] for n in sys.modules} & {'rich', 'typer', 'duckdb', 'pandas', 'numpy'}))"
    )
    done = subprocess.run([sys.executable, "-c", script], env=environment(), capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
