"""An evaluation set as it would be with the worst cheap answers: what budgets on quality must not let pass."""

from dataclasses import replace

from routecli.actions.measured.choose import Use
from routecli.maths.evaluation import models_of


def spoiled(used: Use) -> Use:
    """The same policies where every graded answer of a cheaper model is bad, and its gate is sure that it is good."""
    import numpy as np

    evidence = used.evidence
    if evidence is None:
        return used
    cheaper = {model for one in used.policies for model in models_of(one.policy)[:-1]}
    models = dict(evidence.models)
    for name in cheaper & set(models):
        known = models[name]
        best = np.nanmax(known.gate_score) if np.isfinite(known.gate_score).any() else np.nan
        score = np.where(np.isnan(known.score), np.nan, 0.0)
        models[name] = replace(known, score=score, gate_score=np.where(np.isnan(known.gate_score), np.nan, best))
    return replace(used, evidence=replace(evidence, models=models))
