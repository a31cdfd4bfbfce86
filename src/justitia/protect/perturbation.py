"""Making perturbation tables: of all noise with a given mean, variance and maximum, that which says least.

Source of the method: Marley and Leaver 2011, Giessing 2016 (Computational issues in the design of transition
probabilities and disclosure risk estimation for additive noise): the distribution of largest entropy under the
constraints. Under a fixed mean and variance it is p(v) ~ exp(b v + c v^2) on the noise that is allowed; b and c are
found by minimising the convex dual. Probabilities are then whole numbers of keys, with the mean still exactly zero.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from justitia.errors import RequestError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def noise_keys(*, most: int, variance: float, hidden: int = 0, keys: int = 256) -> dict[int, dict[int, int]]:
    """Return count -> noise -> number of keys, for counts from 1 until the distribution no longer changes.

    Args:
        most: largest noise in either direction.
        variance: of the noise, where the count allows it.
        hidden: no count from 1 to this one is a result.
        keys: number of keys over which probabilities are spread.

    Raises:
        RequestError: E-KEY-002 when no unbiased noise has this maximum.
    """
    made = {}
    for count in range(1, most + hidden + 2):
        allowed = [v for v in range(-min(most, count), most + 1) if not 0 < count + v <= hidden]
        if not min(allowed) <= 0 <= max(allowed):
            raise RequestError(
                "E-KEY-002",
                f"a count of {count} has no unbiased noise of at most {most} that leaves out results up to {hidden}",
                remedy="Raise the maximum, or hide fewer results",
            )
        made[count] = whole_keys(largest_entropy(allowed, variance), allowed, variance, keys)
    return made


def largest_entropy(allowed: list[int], variance: float) -> NDArray[np.float64]:
    """Return the probabilities of largest entropy with mean zero and the variance, or the nearest that is possible."""
    import numpy as np
    from scipy.optimize import minimize

    values = np.array(allowed, dtype=float)
    wanted = min(variance, 0.98 * -values.min() * values.max()) if 0 in allowed else variance
    if values.min() == values.max() == 0:
        return np.ones(1)
    moments = np.vstack([values, values**2])
    scale = np.abs(moments).max(axis=1)

    def dual(factors: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        exponent = (factors / scale) @ moments
        top = float(exponent.max())
        weights = np.exp(exponent - top)
        chances = weights / weights.sum()
        target = np.array([0.0, wanted])
        value = top + float(np.log(weights.sum())) - float(factors / scale @ target)
        return value, (moments @ chances - target) / scale

    found = minimize(dual, np.zeros(2), jac=True, method="BFGS", options={"gtol": 1e-10})
    exponent = (found.x / scale) @ moments
    weights: NDArray[np.float64] = np.exp(exponent - exponent.max())
    return np.asarray(weights / weights.sum())


def whole_keys(chances: NDArray[np.float64], allowed: list[int], variance: float, keys: int) -> dict[int, int]:
    """Return noise -> number of keys, near the probabilities, with a mean of exactly zero (an integer programme)."""
    import numpy as np
    from scipy.optimize import LinearConstraint, milp

    size, values = len(allowed), np.array(allowed, dtype=float)
    # Unknowns: keys of each noise, what they miss of the probabilities, and what the variance misses.
    cost = np.concatenate([np.zeros(size), np.ones(size), [0.05]])
    identity, none = np.eye(size), np.zeros((size, 1))
    aim = chances * keys
    moment = float(values**2 @ aim)
    rows = [
        LinearConstraint(np.hstack([identity, identity, none]), lb=aim),
        LinearConstraint(np.hstack([identity, -identity, none]), ub=aim),
        LinearConstraint(np.concatenate([np.ones(size), np.zeros(size + 1)]), keys, keys),
        LinearConstraint(np.concatenate([values, np.zeros(size + 1)]), 0, 0),
        LinearConstraint(np.concatenate([values**2, np.zeros(size), [1.0]]), lb=moment),
        LinearConstraint(np.concatenate([values**2, np.zeros(size), [-1.0]]), ub=moment),
    ]
    whole = np.concatenate([np.ones(size), np.zeros(size + 1)])
    found = milp(cost, constraints=rows, integrality=whole)
    counted = np.round(found.x[:size]).astype(int).tolist()
    return {noise: number for noise, number in zip(allowed, counted, strict=True) if number}


def nearest_of(base: int, *, below: int, counts: int) -> dict[int, dict[int, int]]:
    """Return count -> noise -> number of keys for rounding to the nearest multiple of a base (one key for all).

    Counts below `below` become zero; they must be redacted afterwards. With base 5 and below 10 it is the shape of the
    rule of 10 and 5 of the ONS.
    """
    nearest = {count: (count + base // 2) // base * base for count in range(1, counts + 1)}
    return {count: {(value if count >= below else 0) - count: 1} for count, value in nearest.items()}
