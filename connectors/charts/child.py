"""The process that draws: one JSON line in, one out, until nobody asks for a while.

`{"spec": …, "format": "svg"}` is answered by `{"content": "<svg…"}`, a PNG in base64, and a fault by
`{"error": …}`. An empty line asks for nothing but to be ready; it has no answer.
Drawing holds a JavaScript engine of some hundred megabytes; here it ends with the process.
"""

import base64
import json
import select
import sys
from typing import Any

import vl_convert

IDLE_SECONDS = 120
VEGA_LITE = "6.4"
PIXELS_PER_POINT = 2
SMALLEST: dict[str, Any] = {"data": {"values": [{}]}, "mark": "point"}


def main() -> None:
    """Answer line by line."""
    while select.select([sys.stdin], [], [], IDLE_SECONDS)[0]:
        line = sys.stdin.buffer.readline()
        if not line:
            return
        if not line.strip():
            _drawn(SMALLEST, "svg")
            continue
        sys.stdout.write(json.dumps(_answer(line)) + "\n")
        sys.stdout.flush()


def _answer(line: bytes) -> dict[str, Any]:
    try:
        asked = json.loads(line)
        return {"content": _drawn(asked["spec"], asked["format"])}
    except Exception as error:  # noqa: BLE001 - whatever goes wrong is the asker's to know
        return {"error": f"{type(error).__name__}: {error}"}


def _drawn(spec: dict[str, Any], wanted: str) -> str:
    svg = vl_convert.vegalite_to_svg(spec, vl_version=VEGA_LITE, allowed_base_urls=[])
    if wanted == "svg":
        return svg
    return base64.b64encode(vl_convert.svg_to_png(svg, scale=PIXELS_PER_POINT)).decode()


if __name__ == "__main__":
    main()
