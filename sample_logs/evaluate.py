"""Writes the sample evaluation: answers of two models to made-up support questions, graded, with a gate's scores.

    python sample_logs/evaluate.py [--out PATH]

Drawn from one seeded generator, so every run writes the same lines. It holds no question and no answer.
"""

import argparse
import csv
import gzip
import io
from pathlib import Path
from random import Random

SEED = 20261116
QUERIES = 1_200
MODELS = ("claude-haiku-4-5", "claude-sonnet-4-6")
PRICES = {"claude-haiku-4-5": (1, 5), "claude-sonnet-4-6": (3, 15)}
"""Dollars per 1M tokens, in and out."""

TYPES = {
    "faq": (30, 0.10, 1500, 130),
    "order_status": (22, 0.14, 1900, 150),
    "account": (10, 0.24, 2300, 200),
    "returns": (10, 0.26, 2600, 230),
    "billing": (9, 0.30, 2800, 260),
    "product_question": (9, 0.34, 3200, 320),
    "complaint": (5, 0.48, 3600, 480),
    "troubleshooting": (5, 0.58, 5200, 720),
}
"""Query type -> (how many of a hundred, how hard on average, mean input tokens, mean output tokens)."""

FIELDS = (
    "query_id",
    "query_type",
    "session_id",
    "model",
    "passed",
    "gate_score",
    "input_tokens",
    "output_tokens",
    "cost_usd",
    "latency_ms",
)


def rows() -> list[dict[str, object]]:
    """Two rows per query; hard queries are longer, and both models fail on them more often."""
    random, found = Random(SEED), []
    kinds, weights = list(TYPES), [part[0] for part in TYPES.values()]
    session = 0
    for number in range(1, QUERIES + 1):
        session += random.random() < 0.6
        kind = random.choices(kinds, weights)[0]
        _, mean, tokens_in, tokens_out = TYPES[kind]
        hard = min(1.0, random.expovariate(1 / mean))
        size = random.lognormvariate(0, 0.45) * (1 + 1.2 * hard)
        good = random.random() < 1 - 0.85 * hard
        better = random.random() < (0.99 if good else 1 - 0.45 * hard)
        for model, right in zip(MODELS, (good, better), strict=True):
            cheap = model == MODELS[0]
            input, output = int(tokens_in * size), int(tokens_out * size * (1.15 if cheap else 1.0)) + 20
            rate_in, rate_out = PRICES[model]
            # One judgement in a hundred failed: nobody knows whether the answer was good.
            graded = "-1" if random.random() < 0.01 else str(int(right))
            found.append(
                {
                    "query_id": f"e{number:04d}",
                    "query_type": kind,
                    "session_id": f"s{session:04d}",
                    "model": model,
                    "passed": graded,
                    "gate_score": _gate(random, right, hard) if cheap else "",
                    "input_tokens": input,
                    "output_tokens": output,
                    "cost_usd": f"{(input * rate_in + output * rate_out) / 1e6:.6f}",
                    "latency_ms": int(
                        (350 if cheap else 700) + output * (6.5 if cheap else 14) * random.uniform(0.7, 1.5)
                    ),
                }
            )
    return found


def _gate(random: Random, right: bool, hard: float) -> str:
    """What a self-check says, in steps of a tenth: right answers mostly high, wrong ones mostly low."""
    middle = 0.88 - 0.15 * hard if right else 0.42
    return f"{min(1.0, max(0.0, round(random.gauss(middle, 0.13), 1))):.1f}"


def main() -> None:
    """Write the file."""
    parser = argparse.ArgumentParser(description="Write the sample evaluation.")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "support_eval.csv.gz")
    text = io.StringIO()
    writer = csv.DictWriter(text, FIELDS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows())
    # No name and no time in the header: the same lines are the same bytes.
    path = parser.parse_args().out
    with path.open("wb") as file, gzip.GzipFile("", "wb", 9, file, mtime=0) as packed:
        packed.write(text.getvalue().encode())


if __name__ == "__main__":
    main()
