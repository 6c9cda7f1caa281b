"""What a reader of a set should know before trusting it: contamination marks, overlaps, repeats that disagree."""

from dataclasses import dataclass
from pathlib import Path

from routecli.data import store
from routecli.data.evidence import sets
from routecli.model.evidence_import import SetSummary

MARKED = (
    "SELECT count(DISTINCT (query, repeat)) FROM evidence_answers WHERE set_name = $name AND "
    "(lower(labels['contaminated']) IN ('1', '1.0', 'true', 'yes') "
    "OR lower(labels['decontaminated']) IN ('0', '0.0', 'false', 'no'))"
)
SAME_TEXT = (
    "SELECT coalesce(sum(ids), 0), count(*) FROM (SELECT count(DISTINCT query) AS ids FROM evidence_answers "
    "WHERE set_name = $name AND text_hash IS NOT NULL GROUP BY text_hash HAVING count(DISTINCT query) > 1)"
)
OVERLAP = """SELECT other.set_name, count(DISTINCT own.query) FROM evidence_answers AS own JOIN
  (SELECT DISTINCT set_name, query, text_hash FROM evidence_answers WHERE set_name <> $name) AS other
  ON own.text_hash = other.text_hash OR (own.query = other.query AND regexp_matches(own.query, '[A-Za-z]')
    AND (own.text_hash IS NULL OR other.text_hash IS NULL))
  WHERE own.set_name = $name GROUP BY 1 ORDER BY 1"""
FLIPS = """SELECT model, count(*), count(*) FILTER (passes > 0 AND passes < answers) FROM (
    SELECT model, query, count(*) AS answers, count(*) FILTER (passed) AS passes FROM evidence_answers
    WHERE set_name = $name AND passed IS NOT NULL GROUP BY model, query HAVING count(*) > 1)
  GROUP BY 1 ORDER BY 1"""


@dataclass(frozen=True, slots=True)
class SetFacts:
    """`marked` queries are said to be contaminated; `same_text`: (ids, texts) of texts that stand under several ids;
    `overlaps`: other sets with as many of the same queries; `flips`: model -> (repeated queries, those whose repeats
    disagree)."""

    summary: SetSummary
    marked: int
    same_text: tuple[int, int]
    overlaps: dict[str, int]
    flips: dict[str, tuple[int, int]]


def set_facts(db: Path, name: str) -> SetFacts:
    """The facts of one set. Raises UsageError `unknown-evidence`."""
    with store.connect(db, write=False) as con:
        summary, asked = sets.summary_of(con, name), {"name": name}
        ids, texts = con.execute(SAME_TEXT, asked).fetchall()[0]
        return SetFacts(
            summary,
            con.execute(MARKED, asked).fetchall()[0][0],
            (int(ids), texts),
            dict(con.execute(OVERLAP, asked).fetchall()),
            {model: (repeated, flips) for model, repeated, flips in con.execute(FLIPS, asked).fetchall()},
        )
