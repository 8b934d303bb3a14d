"""What the outside of a JPEG or PNG picture says: how large it is, and that it is whole."""

import struct
import zlib

PNG = b"\x89PNG\r\n\x1a\n"
# Start of frame, but for the huffman table, the reserved and the arithmetic ones between.
FRAMES = set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
END, SCAN = 0xD9, 0xDA


def measure(picture):
    """Return width and height. Raise ValueError if it is neither JPEG nor PNG, or breaks off."""
    try:
        if picture.startswith(b"\xff\xd8\xff"):
            return measure_jpeg(picture)
        if picture.startswith(PNG):
            return measure_png(picture)
    except (IndexError, struct.error):
        raise ValueError("the picture breaks off") from None
    raise ValueError("neither JPEG nor PNG")


def measure_jpeg(picture):
    at, size = 2, None
    while True:
        if picture[at] != 0xFF:
            raise ValueError("no marker where one should be")
        marker = picture[at + 1]
        at += 1 if marker == 0xFF else 2  # a marker may be filled up in front
        if marker == 0xFF:
            continue
        if marker == END:
            raise ValueError("a picture without a scan")
        if marker in FRAMES:
            height, width = struct.unpack_from(">HH", picture, at + 3)
            size = width, height
        if marker == SCAN:
            break
        at += struct.unpack_from(">H", picture, at)[0]
    if size is None or 0 in size:
        raise ValueError("a scan without a frame")
    if bytes([0xFF, END]) not in picture[at:]:
        raise ValueError("the picture breaks off")
    return size


def measure_png(picture):
    at, size, pixels = len(PNG), None, 0
    while True:
        (length,) = struct.unpack_from(">I", picture, at)
        kind, body = picture[at + 4 : at + 8], picture[at + 8 : at + 8 + length]
        (checksum,) = struct.unpack_from(">I", picture, at + 8 + length)
        if checksum != zlib.crc32(kind + body):
            raise ValueError(f"the checksum of {kind} is wrong")
        if kind == b"IHDR":
            size = struct.unpack_from(">II", body)
        if kind == b"IDAT":
            pixels += length
        if kind == b"IEND":
            break
        at += 12 + length
    if size is None or 0 in size or pixels == 0:
        raise ValueError("a picture without pixels")
    return size
