"""Makes `compiled.json` from the packaged YAML files: `python -m stepline.protocol.compiling`.

All mistakes of all files are listed at once and nothing is written then.
"""

from __future__ import annotations

import sys
from importlib.resources import files
from pathlib import Path

from stepline.core.errors import Refused
from stepline.protocol.compiled import COMPILED, encode
from stepline.protocol.loading import load_together, packaged_files


def main() -> int:
    """Writes the compiled file; 0 when written, 2 when the library is refused."""
    sources = packaged_files()
    try:
        protocol = load_together(sources)
    except Refused as refusal:
        sys.stderr.write(f"{refusal}\n{len(refusal.problems)} problems; nothing was written\n")
        return 2
    target = Path(str(files("stepline.protocol") / COMPILED))
    beside = target.with_suffix(".new")
    beside.write_bytes(encode(protocol, sources))
    beside.replace(target)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
