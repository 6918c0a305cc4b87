"""No clock and no unseeded chance below the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.frame.checkout import PACKAGE
from tests.frame.clocks import clocks_and_chance

BELOW_THE_COMMAND_LINE = sorted(
    path for path in PACKAGE.rglob("*.py") if path.relative_to(PACKAGE).parts[0] != "cli"
)


@pytest.mark.parametrize(
    "source",
    [
        "import datetime\ndatetime.datetime.now()",
        "import datetime as d\nd.date.today()",
        "from datetime import datetime\nmoment = datetime.utcnow()",
        "from datetime import datetime as dt\ndefault = dt.now",
        "from time import time\ntime()",
        "def late():\n    import time\n    return time.time_ns()",
        "import random\nrandom.shuffle([])",
        "from random import choice\nchoice([1])",
        "import random\ngenerator = random.Random()",
        "import numpy as np\nnp.random.rand(3)",
        "from numpy.random import default_rng\ndefault_rng()",
        "import numpy as np\nnp.random.Philox()",
        "import uuid\nuuid.uuid4()",
    ],
)
def test_each_way_to_read_a_clock_or_chance_is_found(source: str) -> None:
    assert len(clocks_and_chance(source)) == 1


@pytest.mark.parametrize(
    "source",
    [
        "from datetime import datetime\ndatetime(2026, 1, 5)",
        "import random\nrandom.Random(7).random()",
        "import numpy as np\nnp.random.default_rng(seed=7)",
        "import numpy as np\nnp.random.Philox(key=7)",
        "import time\ntime.perf_counter()",
        "def now() -> int: ...\nnow()",
        "def forecast(time: float) -> float:\n    return time",
    ],
)
def test_what_reads_no_clock_is_left_alone(source: str) -> None:
    assert clocks_and_chance(source) == []


@pytest.mark.parametrize(
    "path", BELOW_THE_COMMAND_LINE, ids=lambda path: str(path.relative_to(PACKAGE))
)
def test_a_module_reads_no_clock_and_no_unseeded_chance(path: Path) -> None:
    assert clocks_and_chance(path.read_text(encoding="utf-8")) == []
