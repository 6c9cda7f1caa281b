"""Cards out of a git repository: what is read there, from where, and what is said when it is not."""

import subprocess
from pathlib import Path

import pytest
from card_text import ACME
from inprocess import run
from refusals import ENVIRONMENT, USAGE, refused

from routecli.data.cards import load_card, load_card_at

ALIASES = "schema: routecli/aliases/v1\naliases: {big: acme-large}\n"


def git(folder: Path, *arguments: str) -> str:
    settings = ("-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "init.defaultBranch=main")
    done = subprocess.run(["git", *settings, *arguments], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """`first` has the card in a folder, `main` a dearer one beside a link and a file that is no card."""
    top = tmp_path / "repository"
    (top / "prices").mkdir(parents=True)
    git(tmp_path, "init", "-q", str(top))
    (top / "prices" / "acme.yaml").write_text(ACME, encoding="utf-8")
    (top / "prices" / "aliases.yaml").write_text(ALIASES, encoding="utf-8")
    git(top, "add", ".")
    git(top, "commit", "-qm", "one")
    git(top, "tag", "first")
    (top / "prices" / "acme.yaml").write_text(ACME.replace("input: 0.25", "input: 0.5"), encoding="utf-8")
    (top / "prices" / "notes.txt").write_text("no card")
    git(top, "add", ".")
    git(top, "commit", "-qm", "two")
    return top


def test_a_revision_is_read_and_nothing_is_checked_out(repository, monkeypatch):
    monkeypatch.chdir(repository)
    (repository / "prices" / "acme.yaml").write_text("not even a card")
    before = git(repository, "status", "--porcelain")
    card = load_card_at("first:prices")
    assert list(card.models) == ["acme-large", "acme-small"]
    assert card.pins == {"big": "acme-large"}
    assert card.models["acme-small"].modes["standard"][0].rates.input == 250_000
    assert card.models["acme-small"].origin == "first:prices/acme.yaml:23"
    assert load_card_at("main:prices/").models["acme-small"].modes["standard"][0].rates.input == 500_000
    assert load_card_at("first:prices/acme.yaml").models.keys() == card.models.keys()
    assert git(repository, "status", "--porcelain") == before


def test_the_same_files_have_the_same_digest_wherever_they_are_read(repository, monkeypatch):
    monkeypatch.chdir(repository)
    assert load_card_at("main:prices").sha256 == load_card(Path("prices")).sha256 == load_card_at("prices").sha256


def test_a_path_from_a_folder_below_the_top(repository, monkeypatch):
    monkeypatch.chdir(repository / "prices")
    assert load_card_at("first:./").models.keys() == load_card_at("first:prices").models.keys()
    refused(
        run(repository / "prices", "rates diff first:acme.yaml acme.yaml"), ENVIRONMENT, "no-such-file", "./acme.yaml"
    )


def test_a_file_whose_name_holds_a_colon_is_a_file(repository, monkeypatch):
    monkeypatch.chdir(repository)
    (repository / "first:prices").write_text(ACME, encoding="utf-8")
    assert load_card_at("first:prices").pins != {"big": "acme-large"}


def test_a_link_leads_where_it_does_in_a_working_tree(repository, monkeypatch):
    monkeypatch.chdir(repository)
    (repository / "today.yaml").symlink_to("prices/acme.yaml")
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "three")
    assert "acme-small" in load_card_at("main:today.yaml").models


def test_the_shipped_card_has_a_name(tmp_path):
    outcome = run(tmp_path, "rates diff shipped shipped --json")
    assert (outcome.code, outcome.document["changes"]) == (0, [])


@pytest.mark.parametrize(
    ("place", "code", "id", "word"),
    [
        ("nowhere", ENVIRONMENT, "no-such-file", "no such rate card"),
        ("nowhere:prices", USAGE, "unknown-revision", "'nowhere'"),
        ("first:price", ENVIRONMENT, "no-such-file", "'price'"),
        ("first:prices/notes.txt", ENVIRONMENT, "no-such-file", "notes.txt"),
        ("--help:prices", ENVIRONMENT, "no-such-file", "no such rate card"),
    ],
)
def test_what_is_not_there_is_named(place, code, id, word, repository):
    refused(run(repository, "rates", "diff", "--", place, "prices"), code, id, word)


def test_outside_a_repository(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    (tmp_path / "card.yaml").write_text(ACME, encoding="utf-8")
    refused(run(tmp_path, "rates diff HEAD:card.yaml card.yaml"), ENVIRONMENT, "not-a-repository", "'HEAD'")


def test_without_git(repository, monkeypatch):
    monkeypatch.setenv("PATH", str(repository))
    refused(run(repository, "rates diff first:prices prices"), ENVIRONMENT, "no-git", "give paths")


def test_a_card_that_is_broken_in_its_revision_is_refused_with_its_place(repository):
    (repository / "prices" / "acme.yaml").write_text(ACME.replace("input: 0.25", "inptu: 0.25"), encoding="utf-8")
    git(repository, "commit", "-qam", "broken")
    outcome = run(repository, "rates diff first:prices main:prices")
    assert outcome.code == 3
    assert "main:prices/acme.yaml:27" in outcome.stderr
    assert outcome.stdout == ""


def test_a_shallow_clone_says_that_it_is_one(repository, tmp_path):
    git(tmp_path, "clone", "-q", "--depth", "1", repository.as_uri(), "clone")
    outcome = run(tmp_path / "clone", "rates diff first:prices prices")
    refused(outcome, USAGE, "unknown-revision", "'first'", "shallow")


def test_before_the_first_commit_there_is_nothing_to_compare_with(tmp_path):
    git(tmp_path, "init", "-q")
    (tmp_path / "card.yaml").write_text(ACME, encoding="utf-8")
    refused(run(tmp_path, "rates diff HEAD:card.yaml card.yaml"), USAGE, "unknown-revision", "commit first")
