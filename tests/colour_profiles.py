"""A colour profile for the tests of photos."""

import struct

# Linear light to XYZ under D50, from the profiles' specifications
P3_TO_XYZ = [[0.51512, 0.29198, 0.15710], [0.24120, 0.69225, 0.06657], [-0.00105, 0.04189, 0.78407]]
SRGB_TO_XYZ = [[0.43607, 0.38515, 0.14307], [0.22249, 0.71687, 0.06061], [0.01392, 0.09708, 0.71410]]


def display_p3() -> bytes:
    """A minimal ICC profile with the primaries of Display P3, as phones embed it, and a gamma of 2.2."""

    def xyz(*values: float) -> bytes:
        return b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(value * 65536) for value in values))

    curve = b"curv\0\0\0\0" + struct.pack(">IH", 1, round(2.2 * 256)) + b"\0\0"
    columns = zip(*P3_TO_XYZ, strict=True)
    tags = {b"wtpt": xyz(0.9642, 1, 0.8249), b"desc": b"desc" + bytes(8) + b"\0\0\0\1\0" + bytes(79)}
    tags |= {name: xyz(*column) for name, column in zip((b"rXYZ", b"gXYZ", b"bXYZ"), columns, strict=True)}
    tags |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve)
    directory, body = struct.pack(">I", len(tags)), b""
    for name, content in tags.items():
        directory += name + struct.pack(">II", 132 + 12 * len(tags) + len(body), len(content))
        body += content + bytes(-len(content) % 4)
    head = bytes(8) + b"\x02\x10\0\0mntrRGB XYZ " + bytes(12) + b"acsp" + bytes(28) + xyz(0.9642, 1, 0.8249)[8:]
    head = head.ljust(128, b"\0")
    return struct.pack(">I", len(head + directory + body)) + (head + directory + body)[4:]
