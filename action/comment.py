"""Keeps one comment on a pull request up to date: the one that starts with the report's hidden mark.

Nothing but Python's own library is needed. Takes the report's path; GITHUB_API_URL, GITHUB_REPOSITORY, GITHUB_TOKEN and
PULL_REQUEST come from the workflow.
"""

import json
import os
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

PAGES = 30
"""Pages of a hundred comments that are looked through for the mark."""


def main() -> int:
    """Update the comment, or make it; a comment that cannot be written fails nothing but says so."""
    report = Path(sys.argv[1])
    if not report.is_file():
        print("::notice title=routecli::there is no report to post")
        return 0
    body = report.read_text(encoding="utf-8")
    mark = body.split("\n", 1)[0]
    repository = f"{os.environ['GITHUB_API_URL']}/repos/{os.environ['GITHUB_REPOSITORY']}"
    try:
        known = _known(f"{repository}/issues/{os.environ['PULL_REQUEST']}/comments", mark)
        if known is None:
            _call("POST", f"{repository}/issues/{os.environ['PULL_REQUEST']}/comments", body)
        else:
            _call("PATCH", f"{repository}/issues/comments/{known}", body)
    except (urllib.error.URLError, OSError) as fault:
        print(f"::warning title=routecli::the report could not be posted as a comment: {fault}")
    return 0


def _known(url: str, mark: str) -> int | None:
    for page in range(1, PAGES + 1):
        comments = _call("GET", f"{url}?per_page=100&page={page}")
        for comment in comments:
            if str(comment.get("body") or "").startswith(mark):
                return int(comment["id"])
        if len(comments) < 100:
            return None
    return None


def _call(method: str, url: str, body: str | None = None) -> Any:
    data = None if body is None else json.dumps({"body": body}).encode()
    headers = {
        "Accept": "application/vnd.github+json",
        "Authorization": f"Bearer {os.environ['GITHUB_TOKEN']}",
        "Content-Type": "application/json",
    }
    request = urllib.request.Request(url, data, headers, method=method)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


if __name__ == "__main__":
    sys.exit(main())
