"""HiGHS, one object for one linear program, which is solved again and again with other objectives and bounds.

HiGHS keeps its threads for the whole process: two objects with different numbers make the second fail in silence. So
every object is made here, with the same number, and every answer is checked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from justitia.errors import ContractError
from justitia.protect.system.tables import Bools, Floats, Ints

if TYPE_CHECKING:
    from scipy.sparse import csr_array

THREADS = 1  # simplex uses one anyway, and one gives the same answer every time


@dataclass(frozen=True, slots=True)
class Answer:
    """A solution.

    Args:
        status: `optimal`, `infeasible`, `unbounded` or `stopped` (by time; with a solution where x is not empty).
        objective: its value.
        x: value of every column.
        row_dual, reduced: multiplier of every row, reduced cost of every column; empty unless asked for.
        bound: best bound that is proven.
    """

    status: str
    objective: float
    x: Floats
    row_dual: Floats
    reduced: Floats
    bound: float


class Program:
    """Minimise cost @ x where row_lower <= matrix @ x <= row_upper and lower <= x <= upper.

    Args:
        matrix: rows x columns.
        rhs: value of every row, or its lower end where `rhs_upper` is given.
        lower, upper: of every column.
        cost: of every column; default 0.
        whole: columns that are whole numbers.
    """

    def __init__(
        self,
        matrix: csr_array,
        rhs: Floats,
        *,
        lower: Floats,
        upper: Floats,
        cost: Floats | None = None,
        rhs_upper: Floats | None = None,
        whole: Bools | None = None,
    ) -> None:
        import highspy

        self._highspy = highspy
        self._highs: Any = highspy.Highs.__mro__[1]()  # not Highs() itself, which prints a banner
        self._interior = False
        self.columns = matrix.shape[1]
        for name, value in (("output_flag", False), ("threads", THREADS), ("random_seed", 0)):
            self._highs.setOptionValue(name, value)
        program = highspy.HighsLp()
        program.num_col_, program.num_row_ = matrix.shape[1], matrix.shape[0]
        program.col_cost_ = np.zeros(self.columns) if cost is None else cost
        program.col_lower_, program.col_upper_ = lower, upper
        program.row_lower_, program.row_upper_ = rhs, rhs if rhs_upper is None else rhs_upper
        program.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        program.a_matrix_.start_ = matrix.indptr
        program.a_matrix_.index_ = matrix.indices
        program.a_matrix_.value_ = matrix.data
        self.whole = whole is not None and bool(whole.any())
        if whole is not None and self.whole:
            kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
            program.integrality_ = [kinds[int(item)] for item in whole]
        else:
            self._highs.setOptionValue("presolve", "off")  # the last basis is a better start than a smaller program
        self._highs.passModel(program)

    def set_costs(self, columns: Ints, costs: Floats) -> None:
        """Change the costs of some columns."""
        self._highs.changeColsCost(len(columns), columns.astype(np.int32), costs)

    def set_bounds(self, columns: Ints, lower: Floats, upper: Floats) -> None:
        """Change the bounds of some columns."""
        self._highs.changeColsBounds(len(columns), columns.astype(np.int32), lower, upper)

    def add_rows(self, matrix: csr_array, lower: Floats) -> None:
        """Add rows matrix @ x >= lower."""
        infinite = np.full(len(lower), self._highspy.kHighsInf)
        self._highs.addRows(
            len(lower), lower, infinite, matrix.nnz, matrix.indptr[:-1].astype(np.int32),
            matrix.indices.astype(np.int32), matrix.data,
        )  # fmt: skip

    def set_option(self, name: str, value: object) -> None:
        """Change an option of HiGHS, never the threads."""
        self._highs.setOptionValue(name, value)

    def start_from(self, x: Floats) -> None:
        """Give a solution to start from."""
        solution = self._highspy.HighsSolution()
        solution.col_value = x
        self._highs.setSolution(solution)

    def solve(self, *, seconds: float = np.inf, multipliers: bool = False, interior: bool = False) -> Answer:
        """Return the answer, with multipliers and reduced costs where asked for.

        Args:
            seconds: at most.
            multipliers: return them too.
            interior: try the interior-point method first. It does not start from the last answer, and is the faster
                the larger the program; simplex takes over where it finds no optimum, and can start from its answer.

        Raises:
            ContractError: E-CON-020 when HiGHS says neither that it solved the program nor why not.
        """
        self._choose(interior=interior)
        status = self._run(seconds)
        if interior and status != "optimal":
            self._choose(interior=False)
            self._highs.clearSolver()
            status = self._run(seconds)
        if status == "failed":  # a bad basis, rarely: once more from the beginning
            self._highs.clearSolver()
            status = self._run(seconds)
        info = self._highs.getInfo()
        have = info.primal_solution_status == self._highspy.SolutionStatus.kSolutionStatusFeasible
        if status == "failed":
            raise ContractError("E-CON-020", "the solver could not solve a linear program")
        solution = self._highs.getSolution()
        empty = np.empty(0)
        return Answer(
            status=status,
            objective=info.objective_function_value,
            x=np.array(solution.col_value) if have else empty,
            row_dual=np.array(solution.row_dual) if multipliers else empty,
            reduced=np.array(solution.col_dual) if multipliers else empty,
            bound=info.mip_dual_bound if self.whole else info.objective_function_value,
        )

    def _choose(self, *, interior: bool) -> None:
        if self._interior != interior:
            self._highs.setOptionValue("solver", "ipm" if interior else "simplex")
            self._highs.setOptionValue("presolve", "on" if interior else "off")
            self._interior = interior

    def _run(self, seconds: float) -> str:
        if np.isfinite(seconds):
            # For linear programs HiGHS counts the time of all runs of an object together.
            spent = 0.0 if self.whole else self._highs.getRunTime()
            self._highs.setOptionValue("time_limit", spent + max(seconds, 0.01))
        self._highs.run()
        kinds = self._highspy.HighsModelStatus
        words = {
            kinds.kOptimal: "optimal",
            kinds.kModelEmpty: "optimal",
            kinds.kInfeasible: "infeasible",
            kinds.kUnbounded: "unbounded",
            kinds.kUnboundedOrInfeasible: "unbounded",
            kinds.kTimeLimit: "stopped",
            kinds.kSolutionLimit: "stopped",
            kinds.kObjectiveBound: "stopped",
            kinds.kInterrupt: "stopped",
        }
        return words.get(self._highs.getModelStatus(), "failed")
