"""Documents that people write: YAML with positions, read as a model with every error located.

`read_yaml` gives nodes that know their line and column; `plain` gives the values alone; `read_as`
validates against a pydantic model and refuses with all problems at once.
"""

from __future__ import annotations

from stepline.core.documents_model import carried, read_as, read_node_as
from stepline.core.documents_yaml import Node, place_of, plain, read_yaml

__all__ = ["Node", "carried", "place_of", "plain", "read_as", "read_node_as", "read_yaml"]
