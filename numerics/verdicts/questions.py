"""What theory says of measured distances, as questions and checks."""

from __future__ import annotations

from dataclasses import replace

from ...theory.basics.errors import InvalidArgumentError
from ...theory.basics.rounded_text import rounded_down, rounded_up
from ...theory.basics.validation import Sphere
from ..attacks.attack import NearErrors
from ..distances.measurement import Measurement
from ..distances.predicted import PredictedMean
from ..distances.sample import AS_IT_IS, sample_of
from .checks import Check, Verdict, vacuous_check
from .claims import MeanDistanceClaim, NearErrorsClaim
from .evidence import AttackDistances, Evidence, SummarisedDistances
from .quantities import TOO_WEAK
from .sequential import Question, answer
from .sources import mean_of_found


def theory_questions(
    sphere: Sphere, metric: str, predicted: PredictedMean, within: tuple[float, float] | None
) -> list[Question]:
    """What theory says of the distances, to be held against a sample that knows nothing of theory.

    Parameters
    ----------
    predicted
        Of the mean distance. Its narrow interval is no question: no sample of a usual size could answer it.
    within
        A distance epsilon, and the least share of points that geometry wants within it of an error; None for no such
        question.
    """
    names, words = _sandwich_words(sphere, metric)
    sandwich = MeanDistanceClaim(predicted.even_limit, "at most"), MeanDistanceClaim(predicted.coarse_lower, "at least")
    questions = [Question(names[i], words[i], sandwich[i], by_sample=True) for i in range(2)]
    if within is not None:
        epsilon, share = within
        name, text = _share_words(sphere, epsilon)
        questions.append(Question(name, text, NearErrorsClaim(share, epsilon), by_sample=True))
    return questions


def vacuous_theory_checks(sphere: Sphere, metric: str) -> list[Check]:
    """The answers to :func:`theory_questions` where there is no error."""
    return [vacuous_check(name, words) for name, words in zip(*_sandwich_words(sphere, metric), strict=True)]


def distance_checks(measured: Measurement) -> list[Check]:
    """The sandwich as checks: lower bound <= mean distance <= isoperimetric bound, and the share within epsilon."""
    sphere, metric, share = measured.sphere, measured.metric, measured.within_epsilon
    if measured.statistics is None or measured.predicted is None:
        return vacuous_theory_checks(sphere, metric)
    within = None if share is None else (share.epsilon, share.at_least)
    evidence = Evidence(measured.space, None, (SummarisedDistances(measured.statistics),))
    questions = theory_questions(sphere, metric, measured.predicted, within)
    return [answer(question, evidence, measured.each) for question in questions]


def _sandwich_words(sphere: Sphere, metric: str) -> tuple[list[str], list[str]]:
    mean = f"{sphere} sphere: mean {metric} distance to the nearest error is"
    return (
        [f"{sphere}_mean_distance_at_most_bound", f"{sphere}_mean_distance_at_least_lower_bound"],
        [f"{mean} at most the isoperimetric bound", f"{mean} at least the proved lower bound"],
    )


def _share_words(sphere: Sphere, epsilon: float) -> tuple[str, str]:
    words = f"{sphere} sphere: the share of points within {epsilon:.6g} of an error is at least what geometry demands"
    return f"{sphere}_share_within_epsilon_at_least_bound", words


def model_distance_checks(measured: Measurement) -> list[Check]:
    """What theory says of distances on one of two spheres, as checks; of an attack's those that it can decide.

    An attack can verify that the mean distance is at most the isoperimetric bound, it cannot refute it: where the
    attack's mean is above the bound, the explanation says that the attack is too weak.
    """
    if measured.found is None:
        return distance_checks(measured)
    names, words = _sandwich_words(measured.sphere, measured.metric)
    if measured.known is not None:
        return _known_checks(measured, names[0], words[0])
    checks = [_mean_check(measured, measured.found, names[0], words[0])]
    if measured.epsilon is not None:
        robust = measured.space.max_robust_accuracy(measured.counted.interval.high, measured.epsilon)
        name, text = _share_words(measured.sphere, measured.epsilon)
        claim = NearErrorsClaim(float(robust.complement.probability), measured.epsilon)
        checks.append(_decided(measured, measured.found, Question(name, text, claim)))
    return checks


def problem_checks(measured: Measurement) -> list[Check]:
    """Whether an attack shows that the mean distance of a problem is at most the bound at its error rate."""
    if measured.found is None:
        raise InvalidArgumentError("measured", "exact", "of an attack")
    words = "the mean distance to the nearest error is at most the bound for any classifier of this error rate"
    if measured.known is not None:
        return _known_checks(measured, "mean_distance_at_most_bound", words)[:1]
    return [_mean_check(measured, measured.found, "mean_distance_at_most_bound", words)]


def _known_checks(measured: Measurement, name: str, words: str) -> list[Check]:
    """Exact distances against the bounds at the exact error rate, which caps and half-spaces attain."""
    if measured.no_errors:
        return [vacuous_check(name, words)]
    bound, high, share = measured.bound, measured.mean_high, measured.within_epsilon
    why = f"exact distances show that the mean is in [{rounded_down(measured.mean_low)}, {rounded_up(high)}]"
    rows = [(name, words, measured.mean, bound, high <= bound, why)]
    if share is not None:
        ends = f"[{rounded_down(share.interval.low)}, {rounded_up(share.interval.high)}]"
        kept = share.interval.low >= share.at_least
        question = *_share_words(measured.sphere, share.epsilon), share.observed, share.at_least
        rows.append((*question, kept, f"exact distances show that the share is in {ends}"))
    verdicts: dict[bool, Verdict] = {True: "verified", False: "inconclusive"}
    return [
        Check(name, words, value, limit, measured.confidence, verdicts[kept], why, samples=measured.samples)
        for name, words, value, limit, kept, why in rows
    ]


def _mean_check(measured: Measurement, found: NearErrors, name: str, words: str) -> Check:
    check = _decided(measured, found, Question(name, words, MeanDistanceClaim(measured.bound_at_high, "at most")))
    least = mean_of_found(sample_of(found), -1).limit(1.0 - measured.each, AS_IT_IS).value
    if least > measured.bound:
        where = f"above {rounded_down(least)}, but errors lie nearer than {rounded_up(measured.bound)} on average"
        return replace(check, explanation=f"{TOO_WEAK}: its mean is {where}")
    if check.verdict == "inconclusive" and found.failed:
        why = f"{found.failed} failed attacks count with the largest possible distance"
        return replace(check, explanation=f"{check.explanation}; {why}")
    return check


def _decided(measured: Measurement, found: NearErrors, question: Question) -> Check:
    """The engine's verdict; it rests on the interval of the error rate as well."""
    empty = Evidence(measured.space)
    attack = AttackDistances(empty.lengths(found.distance_upper), found.succeeded, largest=empty.largest_length)
    check = answer(question, replace(empty, distances=(attack,)), measured.each)
    return replace(check, confidence=measured.confidence)
