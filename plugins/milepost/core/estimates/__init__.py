"""Any of the estimates for a table from elsewhere: a validated spec and a table in, a tree of plain numbers out.

`registry.py` lists the kinds; each has a module with the model of its spec and a function that answers it, by the same
engine that makes the reports. The names of the answer's fields are those of the reference numbers it is held against;
docs/estimates.md explains them.
"""

from milepost.core.estimates.registry import answer_spec
from milepost.core.estimates.table import Table, read_table

__all__ = ["Table", "answer_spec", "read_table"]
