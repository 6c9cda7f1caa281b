"""The action's comment step, against a server on loopback that keeps comments as GitHub does."""

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).parents[2] / "action" / "comment.py"
MARK = "<!-- routecli gate -->"


class Server(ThreadingHTTPServer):
    comments: list[dict[str, Any]]
    calls: list[str]


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        page = int(re.search(r"[?&]page=(\d+)", self.path)[1])  # type: ignore[index]
        self._answer(200, self.server.comments[(page - 1) * 100 : page * 100])

    def do_POST(self) -> None:
        assert self.path == "/repos/a/b/issues/7/comments"
        self.server.comments.append({"id": len(self.server.comments) + 1, **self._body()})
        self._answer(201, self.server.comments[-1])

    def do_PATCH(self) -> None:
        id = int(self.path.rpartition("/")[2])
        known = next(one for one in self.server.comments if one["id"] == id)
        known |= self._body()
        self._answer(200, known)

    def _body(self) -> dict[str, Any]:
        assert self.headers["Authorization"] == "Bearer secret"
        found: dict[str, Any] = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        return found

    def _answer(self, code: int, value: Any) -> None:
        self.server.calls.append(self.command)
        body = json.dumps(value).encode()
        self.send_response(code)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(("127.0.0.1", 0), Handler) as running:
        running.comments, running.calls = [], []
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def post(server: Server, report: Path) -> subprocess.CompletedProcess[str]:
    env = {
        **os.environ,
        "GITHUB_API_URL": f"http://127.0.0.1:{server.server_port}",
        "GITHUB_REPOSITORY": "a/b",
        "GITHUB_TOKEN": "secret",
        "PULL_REQUEST": "7",
    }
    words = [sys.executable, str(SCRIPT), str(report)]
    return subprocess.run(words, env=env, capture_output=True, text=True, check=True, timeout=60)


def test_the_first_run_comments_and_the_next_updates_that_comment(server, tmp_path):
    report = tmp_path / "gate.md"
    report.write_text(f"{MARK}\n\n**gate: fail**\n", encoding="utf-8")
    post(server, report)
    report.write_text(f"{MARK}\n\n**gate: pass**\n", encoding="utf-8")
    post(server, report)
    assert [one["body"] for one in server.comments] == [f"{MARK}\n\n**gate: pass**\n"]
    assert server.calls == ["GET", "POST", "GET", "PATCH"]


def test_the_comment_is_found_behind_a_hundred_others(server, tmp_path):
    server.comments += [{"id": id, "body": f"{id}, not {MARK}"} for id in range(1, 151)]
    server.comments.append({"id": 900, "body": f"{MARK}\n\nold"})
    report = tmp_path / "gate.md"
    report.write_text(f"{MARK}\n\nnew\n", encoding="utf-8")
    post(server, report)
    assert server.comments[-1] == {"id": 900, "body": f"{MARK}\n\nnew\n"}
    assert server.calls == ["GET", "GET", "PATCH"]


def test_what_cannot_be_posted_is_said_and_fails_nothing(server, tmp_path):
    report = tmp_path / "gate.md"
    report.write_text(f"{MARK}\n", encoding="utf-8")
    server.shutdown()
    server.server_close()
    assert "::warning title=routecli::the report could not be posted" in post(server, report).stdout


def test_no_report_is_no_comment(server, tmp_path):
    assert "there is no report" in post(server, tmp_path / "none.md").stdout
    assert server.calls == []
