"""How long `optimize` takes over 8 models and 5,000 queries with cascades of three, and the resampling of 5,000 rows.

A set of that size is imported into a store; then whole processes are timed, and their peak memory taken. Limits: 30 s
and 1 GB for the command, 5 s for 10,000 resamples of 5,000 rows. Exits 1 over a limit.

    python -m benchmarks.optimize
"""

import csv
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

MODELS, QUERIES = 8, 5_000
LIMIT_S, LIMIT_MB, DRAW_LIMIT_S = 30.0, 1_000.0, 5.0
TYPES = 8
RUN = """
import resource, sys, time
from routecli.diagnostics import run_app
from routecli.cli.app import app
start = time.perf_counter()
sys.argv = ["routecli", *{words!r}]
code = run_app(app)
sys.stdout.flush()
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(code, time.perf_counter() - start, peak, file=sys.stderr)
"""
DRAW = """
import time, resource
import numpy as np
from routecli.maths.evidence.bootstrap import draw, interval, saving
table = np.random.default_rng(1).random((5_000, 12))
start = time.perf_counter()
draws = draw(table, resamples=10_000)
interval(draws, saving(0, 1))
print(time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""
CASES = {
    "plain": (),
    "--frontier": ("--frontier",),
    "--p95 and --max-models 3": ("--p95", "8s", "--max-models", "3"),
}


def write(path: Path) -> None:
    """8 models that get dearer and better, failing together, each with a gate score."""
    rng = np.random.default_rng(5)
    kinds = rng.integers(0, TYPES, QUERIES)
    hard = rng.normal(size=QUERIES) + 0.25 * (kinds - TYPES / 2)
    length = np.exp(rng.normal(6.5, 0.7, QUERIES) + 0.2 * hard).astype(int) + 20
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        names = ("query_id", "query_type", "router", "model", "passed", "gate_score")
        table.writerow([*names, "input_tokens", "output_tokens", "cost_usd", "latency_ms"])
        for place in range(MODELS):
            skill, price = 0.4 + 0.28 * place, 10 ** (0.25 * place)
            right = rng.random(QUERIES) < 1 / (1 + np.exp(-2 * (skill - hard)))
            gate = np.round(np.clip(0.55 * right + 0.2 + 0.2 * rng.normal(size=QUERIES), 0, 1), 3)
            written = np.exp(rng.normal(5, 0.6, QUERIES)).astype(int) + 5
            took = 300 + written * (3 + 1.5 * place)
            for row in range(QUERIES):
                cost = (length[row] + 5 * written[row]) * price * 1e-7
                head = (f"q{row}", f"type {kinds[row]}", round(float(hard[row]), 1), f"model-{place}")
                tail = (int(right[row]), gate[row], length[row], written[row], f"{cost:.9f}", round(float(took[row])))
                table.writerow([*head, *tail])


def timed(words: tuple[str, ...], folder: Path) -> tuple[float, float]:
    """Seconds and peak megabytes of one command, imports included."""
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", RUN.format(words=list(words))], cwd=folder, capture_output=True, text=True, check=False
    )
    seconds = time.perf_counter() - start
    code, _, peak = done.stderr.split()[-3:]
    if code != "0":
        sys.exit(f"routecli {' '.join(words)} exited with {code}: {done.stderr}")
    return seconds, float(peak)


def main() -> None:
    """Print the table; exit 1 over a limit."""
    over = []
    print("| case | wall | peak |\n|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder / "answers.csv")
        timed(("evidence", "import", "answers.csv", "--as", "big", "--feature", "router", "-q"), folder)
        for case, words in CASES.items():
            seconds, peak = timed(("optimize", "--evidence", "big", "--cost", "logged", "-f", "json", *words), folder)
            print(f"| optimize, 8 models, 5,000 queries: {case} | {seconds:.1f} s | {peak:.0f} MB |", flush=True)
            over += [case] if seconds > LIMIT_S or peak > LIMIT_MB else []
    done = subprocess.run([sys.executable, "-c", DRAW], capture_output=True, text=True, check=True)
    seconds, peak = (float(word) for word in done.stdout.split())
    print(f"| 10,000 resamples of 5,000 rows by 12 columns | {seconds:.1f} s | {peak:.0f} MB |")
    over += ["resampling"] if seconds > DRAW_LIMIT_S else []
    if over:
        sys.exit(f"over the limit: {', '.join(over)}")


if __name__ == "__main__":
    main()
