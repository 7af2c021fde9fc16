"""The process that draws: one JSON line in, one out, until nobody asks for a while.

`{"spec": …, "format": "svg"}` is answered by `{"content": "<svg…"}`, a PNG in base64, and a fault by
`{"error": …}`. An empty line asks for nothing but to be ready; it has no answer.
Drawing holds a JavaScript engine of some hundred megabytes; here it ends with the process.
"""

import base64
import json
import os
import select
import sys
from pathlib import Path
from typing import Any

import vl_convert

IDLE_SECONDS = 600
VEGA_LITE = "6.4"
PIXELS_PER_POINT = 2
NO_FONTS = Path(__file__).with_name("fonts.conf")
FONTS_OF_THE_MACHINE = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts")
SMALLEST: dict[str, Any] = {"data": {"values": [{}]}, "mark": "point"}


def main() -> None:
    """Answer line by line."""
    _prefer_own_fonts()
    while select.select([sys.stdin], [], [], IDLE_SECONDS)[0]:
        line = sys.stdin.buffer.readline()
        if not line:
            return
        if not line.strip():
            _drawn(SMALLEST, "svg")
            continue
        sys.stdout.write(json.dumps(_answer(line)) + "\n")
        sys.stdout.flush()


def _prefer_own_fonts() -> None:
    """The engine's Liberation Sans, in memory; fonts of the machine for characters that it has not.

    By itself the engine asks the machine first, and opens a font's file for each word that it measures.
    """
    os.environ["FONTCONFIG_FILE"] = str(NO_FONTS)
    for folder in FONTS_OF_THE_MACHINE:
        vl_convert.register_font_directory(os.path.expanduser(folder))  # noqa: PTH111 - there may be no home


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
