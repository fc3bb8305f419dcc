"""Statements about the other spaces: Gaussian space, what is compared with it or with a sphere, and binary features."""

from __future__ import annotations

import sympy as sp

from .notation import (
    Phi,
    angle,
    cap_angle,
    dim,
    distance,
    error_rate,
    index,
    named,
    over_coordinates,
    polar_density,
    radius,
    score,
    varphi,
)
from .statement import Statement

scale = sp.Symbol("s", positive=True)
sigma = sp.Symbol("sigma", positive=True)
norm = sp.Symbol("p", positive=True)
side = sp.Symbol("a", positive=True)
curvature = sp.Symbol("kappa", positive=True)
lipschitz = sp.Symbol("L", positive=True)
ball_radius = sp.Symbol("r", integer=True, nonnegative=True)
flips = sp.Symbol("t", integer=True, nonnegative=True)
quantile_score = sp.Symbol("z_q", real=True)
variances = sp.IndexedBase("v", real=True)

_WITHIN = named(r"\mathbb{P}\left(d(x, E) \le t\right)")
_MEAN = named(r"\bar{d}(E)")
_SCORE = r"$z = \Phi^{-1}(1 - \mu)$"
_HALF_SPACES = ("Bor1975", "ST1978")
_NORMAL = {"scale": scale, "score": score}

SPACES = (
    Statement.of(
        "gaussian_neighbourhood",
        "Share of normal points within a distance t of a set of errors: at least that of the half-space",
        _WITHIN,
        Phi(distance / scale - score),
        symbols={"distance": distance, **_NORMAL},
        kind="lower bound",
        sources=_HALF_SPACES,
        domain=_SCORE + r", $s$ the scale of the norm and the covariance; attained",
        computed_by="theory.spaces.gaussian.Gaussian.neighbourhood",
    ),
    Statement.of(
        "gaussian_mean_distance",
        "Mean distance of normal points to the nearest error",
        _MEAN,
        scale * (score * Phi(score) + varphi(score)),
        symbols=_NORMAL,
        kind="upper bound",
        sources=_HALF_SPACES,
        domain=_SCORE + r"; attained by half-spaces",
        computed_by="theory.spaces.gaussian.Gaussian",
    ),
    Statement.of(
        "gaussian_quantile_distance",
        "Quantile of level q of the distance of normal points to the nearest error",
        named(r"Q{\left(q\right)}"),
        scale * sp.Max(0, score - quantile_score),
        symbols={"quantile_score": quantile_score, **_NORMAL},
        kind="upper bound",
        sources=_HALF_SPACES,
        domain=_SCORE + r", $z_q = \Phi^{-1}(1 - q)$; attained by half-spaces",
        computed_by="theory.spaces.gaussian.Gaussian.quantile_distance_bound",
    ),
    Statement.of(
        "gaussian_norm_scale",
        "Scale of independent normal coordinates of one standard deviation, distances in l_p",
        scale,
        sigma * sp.Max(1, dim ** (1 / norm - sp.Rational(1, 2))),
        symbols={"sigma": sigma, "norm": norm, "dim": dim},
        domain=r"$1 \le p < \infty$, where $d$ is the number of coordinates; $s = \sigma$ for $p = \infty$",
        computed_by="theory.spaces.gaussian.Gaussian",
    ),
    Statement.of(
        "variances_scale",
        "Scale of independent normal coordinates of variances v_i, distances in l_p with p below 2",
        scale,
        over_coordinates(variances[index] ** (norm / (2 - norm))) ** ((2 - norm) / (2 * norm)),
        symbols={"variances": variances, "norm": norm, "dim": dim},
        domain=r"$1 \le p < 2$; for $p \ge 2$ it is the largest standard deviation",
        computed_by="theory.spaces.anisotropic.AnisotropicGaussian",
    ),
    Statement.of(
        "lipschitz_neighbourhood",
        "Share of images within a distance t of a set of errors, latent points standard normal",
        _WITHIN,
        Phi(distance / lipschitz - score),
        symbols={"distance": distance, "lipschitz": lipschitz, "score": score},
        kind="lower bound",
        sources=("Faw2018",),
        domain=_SCORE + r", the map's Lipschitz constant at most $L$; attained by linear maps",
        computed_by="theory.spaces.compared.LipschitzImage",
    ),
    Statement.of(
        "curved_neighbourhood",
        "Share of the points of a space of curvature at least kappa within a distance t of a set of errors",
        _WITHIN,
        Phi(sp.sqrt(curvature) * distance - score),
        symbols={"curvature": curvature, "distance": distance, "score": score},
        kind="lower bound",
        sources=("BL1996", "Caf2000"),
        domain=_SCORE + r"; attained where there is a normal factor of variance $1/\kappa$",
        computed_by="theory.spaces.curved.Curved",
    ),
    Statement.of(
        "cube_mean_distance",
        "Mean distance of uniform points of the cube of side a to the nearest error",
        _MEAN,
        side * (score * Phi(score) + varphi(score)) / sp.sqrt(2 * sp.pi),
        symbols={"side": side, "score": score},
        kind="upper bound",
        sources=(*_HALF_SPACES, "Led2001"),
        domain=_SCORE + r", every dimension; never more than the diagonal",
        computed_by="theory.spaces.bodies.Cube",
    ),
    Statement.of(
        "ball_survival",
        "Law of the distance t of uniform points of the ball to the nearest error, from a sphere in d + 2 dimensions",
        named(r"\mathbb{P}\left(d(x, E) > t\right)"),
        sp.Integral(
            polar_density(angle).subs(dim, dim + 2),
            (angle, sp.Min(cap_angle + 2 * sp.asin(distance / (2 * radius)), sp.pi), sp.pi),
        ),
        symbols={"distance": distance, "cap_angle": cap_angle, "dim": dim, "radius": radius},
        kind="upper bound",
        sources=("Lev1951", "FLM1977"),
        domain=r"$d \ge 1$, $\phi$ the angular radius of the cap of measure $\mu$ in $d + 2$ dimensions, $t \le 2r$",
        computed_by="theory.spaces.bodies.Ball",
    ),
    Statement.of(
        "hamming_error_rate",
        "Error rate of the Hamming ball of radius r",
        error_rate,
        sp.Sum(sp.binomial(dim, index), (index, 0, ball_radius)) / 2**dim,
        symbols={"dim": dim, "ball_radius": ball_radius},
        domain=r"$0 \le r \le d$, where $d$ is the number of features",
        computed_by="theory.spaces.hamming.Hamming.neighbourhood",
    ),
    Statement.of(
        "hamming_neighbourhood",
        "Share of binary points within t flips of a set of the size of a Hamming ball",
        _WITHIN,
        sp.Sum(sp.binomial(dim, index), (index, 0, ball_radius + flips)) / 2**dim,
        symbols={"dim": dim, "ball_radius": ball_radius, "flips": flips},
        kind="lower bound",
        sources=("Har1966",),
        domain=r"as many errors as points within $r$ flips of one; attained; other sizes by initial segments",
        computed_by="theory.spaces.hamming.Hamming.neighbourhood",
    ),
    Statement.of(
        "hamming_mean_distance",
        "Mean number of flips to the nearest error, for a set of the size of a Hamming ball",
        _MEAN,
        sp.Sum((index - ball_radius) * sp.binomial(dim, index), (index, ball_radius + 1, dim)) / 2**dim,
        symbols={"dim": dim, "ball_radius": ball_radius},
        kind="upper bound",
        sources=("Har1966",),
        domain=r"as many errors as points within $r$ flips of one; attained; other sizes by initial segments",
        computed_by="theory.spaces.hamming.Hamming",
    ),
)
