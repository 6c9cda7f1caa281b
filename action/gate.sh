#!/usr/bin/env bash
# Runs the gate once and keeps its report in every format: annotations on stdout, the rest in routecli-report/.
# The exit code becomes an output, so that the report is kept and posted before the job fails.
set -uo pipefail

mkdir -p routecli-report
# A shallow clone lacks the base revision; what cannot be fetched is said by the gate itself.
revision=${BASE%%:*}
if [ "$revision" != "$BASE" ] && ! git cat-file -e "$revision^{tree}" 2>/dev/null; then
  git fetch --quiet --depth=1 origin "$revision" || true
fi

# More arguments are words on purpose, as they would be typed.
read -r -a more <<<"${ARGUMENTS:-}"
routecli gate --base "$BASE" --head "$HEAD_CARD" --workload "$WORKLOAD" --budgets "$BUDGETS" \
  -f github -o json=routecli-report/gate.json -o markdown=routecli-report/gate.md \
  -o junit=routecli-report/gate.xml -o sarif=routecli-report/gate.sarif ${more[@]+"${more[@]}"}
code=$?

if [ -f routecli-report/gate.md ] && [ -n "${GITHUB_STEP_SUMMARY:-}" ]; then
  cat routecli-report/gate.md >>"$GITHUB_STEP_SUMMARY"
fi
verdict="no report"
if [ -f routecli-report/gate.json ]; then
  verdict=$(python3 -c 'import json; print(json.load(open("routecli-report/gate.json"))["verdict"])')
fi
if [ -n "${GITHUB_OUTPUT:-}" ]; then
  printf 'exit-code=%s\nverdict=%s\n' "$code" "$verdict" >>"$GITHUB_OUTPUT"
fi
