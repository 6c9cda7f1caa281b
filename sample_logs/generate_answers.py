"""Writes the sample evaluation: 1,200 graded questions of the made-up support assistant, each answered by three models.

    python sample_logs/generate_answers.py [--out PATH]

Everything is drawn from one seeded generator, so every run writes the same bytes. It holds no prompt and no answer.
"""

import argparse
import csv
import gzip
import io
import math
from pathlib import Path
from random import Random

SEED = 20261116
QUESTIONS = 1_200

TYPES = {
    # query type: (share, endpoint, median input tokens, median answer tokens, how hard: mean of a normal)
    "faq": (0.24, "/v1/chat", 3_900, 170, -1.0),
    "order_status": (0.19, "/v1/chat", 3_200, 120, -0.8),
    "billing": (0.13, "/v1/chat", 5_600, 310, 0.1),
    "returns": (0.11, "/v1/chat", 4_700, 270, 0.0),
    "account": (0.09, "/v1/chat", 3_900, 220, -0.2),
    "product_question": (0.11, "/v1/assist", 8_900, 430, 0.5),
    "complaint": (0.06, "/v1/email", 6_000, 720, 1.0),
    "troubleshooting": (0.07, "/v1/assist", 8_700, 760, 0.9),
}
TIERS = {"free": 0.62, "pro": 0.30, "enterprise": 0.08}
MODELS = {
    # model: (skill, tokens of its own for one of a common count, ms to the first token, tokens a second)
    "gpt-5-nano": (0.8, 0.86, 900, 130),
    "claude-haiku-4-5": (1.7, 1.0, 410, 145),
    "claude-sonnet-4-6": (2.9, 1.0, 880, 62),
}
COLUMNS = (
    "query_id",
    "query_type",
    "user_tier",
    "endpoint",
    "difficulty",
    "model",
    "passed",
    "gate_score",
    "input_tokens",
    "output_tokens",
    "latency_ms",
)


def main() -> None:
    """Write the evaluation where the command line says."""
    parser = argparse.ArgumentParser(description="Write the sample evaluation (the same bytes every time).")
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("answers.csv.gz"))
    out: Path = parser.parse_args().out
    text = sample_text()
    with (
        out.open("wb") as file,
        gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=file, mtime=0) as packed,
    ):
        packed.write(text.encode())
    print(f"{out}: {text.count(chr(10)) - 1:,} answers, {out.stat().st_size:,} bytes")


def sample_text() -> str:
    """The table as CSV."""
    random, out = Random(SEED), io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(COLUMNS)
    for number in range(1, QUESTIONS + 1):
        table.writerows(_answers(random, f"q{number:04}"))
    return out.getvalue()


def _answers(random: Random, name: str) -> list[tuple[object, ...]]:
    """One question's answers. Hard questions are longer, and what one model gets wrong others get wrong more often."""
    kind = random.choices(list(TYPES), [facts[0] for facts in TYPES.values()])[0]
    _, endpoint, median_in, median_out, mean = TYPES[kind]
    hard = random.gauss(mean, 1.1)
    length = median_in * math.exp(random.gauss(0.12 * (hard - mean), 0.35))
    tier = random.choices(list(TIERS), list(TIERS.values()))[0]
    # A router's guess, made from the question alone: it sees half of what makes it hard.
    difficulty = round(1 / (1 + math.exp(-0.9 * (0.5 * hard + random.gauss(0, 0.8)))), 2)
    rows: list[tuple[object, ...]] = []
    for model, (skill, ratio, first_ms, pace) in MODELS.items():
        passed = random.random() < 1 / (1 + math.exp(-2.2 * (skill - hard + random.gauss(0, 0.4))))
        # A model's word on its own answer, in tenths: sure of most of what is right, and of part of what is not.
        sure = random.gauss(0.95 if passed else 0.62, 0.16)
        gate = min(max(round(sure, 1), 0.0), 1.0)
        written = max(8, round(median_out * math.exp(random.gauss(0.15 * (hard - mean), 0.4))))
        took = first_ms * math.exp(random.gauss(0, 0.25)) + 1000 * written / pace * math.exp(random.gauss(0, 0.15))
        rows.append(
            (
                name,
                kind,
                tier,
                endpoint,
                difficulty,
                model,
                int(passed),
                gate,
                round(length * ratio),
                written,
                round(took),
            )
        )
    return rows


if __name__ == "__main__":
    main()
