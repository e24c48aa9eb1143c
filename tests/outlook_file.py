"""Outlook message files for the tests, written from scratch: an OLE compound file (MS-CFB) of a message (MS-OXMSG)."""

from __future__ import annotations

import struct

FREE, END, FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
TEXT, LONG, BINARY = 0x001F, 0x0003, 0x0102


def outlook(
    text: str, *, headers: str = "", subject: str = "", attachments: tuple[tuple[str, bytes], ...] = ()
) -> bytes:
    """Return a .msg file. headers: those Outlook keeps of a mail that came from elsewhere."""
    values = {0x001A: "IPM.Note", 0x0037: subject, 0x1000: text, 0x007D: headers}
    root = {**_strings(values), "__properties_version1.0": _properties(32, values, {}, len(attachments))}
    for number, (name, data) in enumerate(attachments):
        own = {0x3707: name, 0x3001: name}
        inside = {**_strings(own), "__substg1.0_37010102": data}
        inside["__properties_version1.0"] = _properties(8, own, {0x3701: data}, 0)
        root[f"__attach_version1.0_#{number:08X}"] = inside
    return _compound(root)


def _strings(values: dict[int, str]) -> dict[str, bytes | dict]:
    return {f"__substg1.0_{tag:04X}{TEXT:04X}": text.encode("utf-16-le") for tag, text in values.items() if text}


def _properties(header: int, values: dict[int, str], binary: dict[int, bytes], attachments: int) -> bytes:
    head = struct.pack("<8x4I", 0, attachments, 0, attachments).ljust(header, b"\0")[:header]
    rows = [(tag, TEXT, len(text.encode("utf-16-le")) + 2) for tag, text in values.items() if text]
    rows += [(tag, BINARY, len(data)) for tag, data in binary.items()]
    # Text is UTF-16; an attachment is there by value.
    rows += [(0x340D, LONG, 0x00040000), (0x3705, LONG, 1)]
    return head + b"".join(struct.pack("<HHIII", kind, tag, 6, size, 0) for tag, kind, size in sorted(rows))


def _compound(root: dict) -> bytes:
    """Return the compound file of a tree of storages (dict) and streams (bytes): 512-byte sectors, small streams apart."""
    entries: list[dict] = []
    sectors: list[bytes] = []
    chains: list[int] = []
    mini, minifat = b"", []

    def stored(data: bytes) -> int:
        first = len(sectors)
        count = -(-len(data) // 512)
        for n in range(count):
            sectors.append(data[n * 512 : n * 512 + 512].ljust(512, b"\0"))
            chains.append(first + n + 1 if n + 1 < count else END)
        return first if count else END

    def walk(name: str, node: dict | bytes, kind: int) -> int:
        nonlocal mini
        entry = {"name": name, "kind": kind, "right": FREE, "child": FREE, "start": END, "size": 0}
        index = len(entries)
        entries.append(entry)
        if isinstance(node, bytes):
            entry["size"] = len(node)
            if len(node) >= 4096:
                entry["start"] = stored(node)
            elif node:
                entry["start"] = len(minifat)
                count = -(-len(node) // 64)
                minifat.extend([*range(len(minifat) + 1, len(minifat) + count), END])
                mini += node.ljust(count * 64, b"\0")
            return index
        # A chain to the right is a tree too, and in order: shorter names first.
        before = None
        for child in sorted(node, key=lambda n: (len(n), n.upper())):
            made = walk(child, node[child], 1 if isinstance(node[child], dict) else 2)
            if before is None:
                entry["child"] = made
            else:
                entries[before]["right"] = made
            before = made
        return index

    walk("Root Entry", root, 5)
    entries[0]["start"], entries[0]["size"] = stored(mini), len(mini)
    minifat_at = stored(struct.pack(f"<{len(minifat)}I", *minifat).ljust(-(-4 * len(minifat) // 512) * 512, b"\xff"))
    directory = b"".join(
        e["name"].encode("utf-16-le").ljust(64, b"\0")
        + struct.pack("<HBBIII16sIQQIQ", 2 * len(e["name"]) + 2, e["kind"], 1, FREE, e["right"], e["child"], b"", 0, 0, 0, e["start"], e["size"])
        for e in entries
    )  # fmt: skip
    directory_at = stored(directory)
    count = 1
    while -(-(len(sectors) + count) // 128) > count:
        count += 1
    fat_at = len(sectors)
    fat = [*chains, *[FAT] * count]
    sectors.append(struct.pack(f"<{len(fat)}I", *fat).ljust(512 * count, b"\xff"))
    head = struct.pack(
        "<8s16sHHHHH6sIIIIIIIIII", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"", 0x3E, 3, 0xFFFE, 9, 6, b"", 0, count, directory_at,
        0, 4096, minifat_at, -(-4 * len(minifat) // 512), END, 0, fat_at,
    )  # fmt: skip
    difat = struct.pack("<I", fat_at) if count == 1 else struct.pack(f"<{count}I", *range(fat_at, fat_at + count))
    return head[:76] + difat.ljust(436, b"\xff") + b"".join(sectors)
