"""pillow.py QUALITY SIZE [IN OUT]...: resize with Pillow, which shrinks a JPEG while it
decodes it, to 1.9 times the result's size or more, as ours does."""

import sys

from PIL import Image

quality, size = int(sys.argv[1]), int(sys.argv[2])
for source, out in zip(sys.argv[3::2], sys.argv[4::2]):
    with Image.open(source) as image:
        image.thumbnail((size, size), Image.LANCZOS, reducing_gap=1.9)
        image.save(out, quality=quality)
