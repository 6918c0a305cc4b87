"""Which products the library holds, and of which drugs: what a criterion may name.

The room that reads products in full lies below this one, so only their ids are read here, line by
line; a test holds the two readings together.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files

_PRODUCT = re.compile(r"^  - id: (\S+)\n(?:    (?!drug:).*\n)*    drug: (\S+)$", re.MULTILINE)


@lru_cache(maxsize=1)
def drugs_of_products() -> Mapping[str, str]:
    """The drug of each product of the library by the product's id, in order of file and place."""
    folder = files("stepline.library").joinpath("products")
    names = sorted(file.name for file in folder.iterdir() if file.name.endswith(".yaml"))
    texts = [folder.joinpath(name).read_text(encoding="utf-8") for name in names]
    return {product: drug for text in texts for product, drug in _PRODUCT.findall(text)}
