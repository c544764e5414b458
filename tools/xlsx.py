"""An XLSX file in pieces that are written one after the other, perhaps by different processes.

Every XLSX file is a ZIP archive. A sheet is packed piece by piece: each ends on a byte, so that
the pieces of a sheet, put together, are one packed file. `container` returns what comes before,
between and after the sheets. So a file of any size needs the memory of one piece, work that was
interrupted goes on where it stopped, and nothing is ever rewritten. The ordinary libraries write
a file from its beginning to its end in one process, and take several times as long.

ZIP: APPNOTE.TXT 6.3; the sheets: ECMA-376.
"""

import re
import struct
import zlib
from dataclasses import asdict, dataclass, replace

# A sheet has 1,048,576 rows, one of which is the head.
SHEET_ROWS = 1_048_575
# No archive member may be larger than 4 GB.
SHEET_BYTES = 3 * 1024**3
# What the fields of the archive hold; a larger place in the file is written as ZIP64 does.
MOST = 2**32 - 1
# Level 1 packs nearly as well as level 6, in a third of the time.
LEVEL = 1

NAMESPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_NOT_IN_TITLE = re.compile(r"[\[\]:*?/\\'\"&<>\x00-\x1f]")


@dataclass(frozen=True, slots=True)
class Sheet:
    """How much of a sheet has been written."""

    number: int = 1
    rows: int = 0  # without the head
    size: int = 0  # bytes, unpacked
    packed: int = 0  # bytes
    crc: int = 0
    is_full: bool = False


def to_dict(sheet):
    """Return what makes the same sheet again: ``Sheet(**values)``."""
    return asdict(sheet)


def following(sheet):
    """Return the sheet after this one."""
    return Sheet(number=sheet.number + 1)


def head(cells, widths):
    """Return the beginning of a sheet: its columns, and a first row that stays in sight.

    :param list[str] cells: of the first row, as of `cells.xlsx_text`
    :param list[int] widths: of the columns, in characters
    """
    columns = "".join(
        f'<col min="{number}" max="{number}" width="{width}" customWidth="1"/>'
        for number, width in enumerate(widths, 1)
    )
    return (
        f'{XML}<worksheet xmlns="{NAMESPACE}"><sheetViews><sheetView workbookViewId="0">'
        '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
        f"</sheetView></sheetViews><cols>{columns}</cols><sheetData>"
        f"<row>{''.join(cells)}</row>"
    )


FOOT = "</sheetData></worksheet>"


def pack(sheet, text, rows, *, is_last):
    """Return the sheet with `text` added to it, and the bytes to put after what it has so far."""
    data = text.encode()
    packer = zlib.compressobj(LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = packer.compress(data) + packer.flush(zlib.Z_FINISH if is_last else zlib.Z_FULL_FLUSH)
    written = replace(
        sheet,
        rows=sheet.rows + rows,
        size=sheet.size + len(data),
        packed=sheet.packed + len(packed),
        crc=zlib.crc32(data, sheet.crc),
        is_full=is_last,
    )
    return written, packed


def container(sheets, title):
    """Return what stands around the packed sheets in the file.

    :param list[Sheet] sheets: complete
    :param str title: of the sheets; the second one is "title 2"
    :return: for each sheet the bytes before it, and those after the last one
    :rtype: tuple[list[bytes], bytes]
    """
    members, offset, before = [], 0, b""
    for name, text in _parts(sheets, title).items():
        data = text.encode()
        member = _Member(name, len(data), len(data), zlib.crc32(data), 0, offset)
        before += _local(member) + data
        offset = len(before)
        members.append(member)
    fronts = []
    for sheet in sheets:
        name = f"xl/worksheets/sheet{sheet.number}.xml"
        member = _Member(name, sheet.size, sheet.packed, sheet.crc, zlib.DEFLATED, offset)
        fronts.append(before + _local(member))
        before = b""
        offset += len(_local(member)) + sheet.packed
        members.append(member)
    directory = b"".join(_central(member) for member in members)
    return fronts, directory + _end(len(members), len(directory), offset)


def _end(count, size, offset):
    """Return what stands behind the directory: where it is."""
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, count, count, size, min(offset, MOST), 0)
    if offset < MOST:
        return end
    large = struct.pack(
        "<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, count, count, size, offset
    ) + struct.pack("<4sLQL", b"PK\6\7", 0, offset + size, 1)
    return large + end


@dataclass(frozen=True, slots=True)
class _Member:
    """A file in the archive."""

    name: str
    size: int
    packed: int
    crc: int
    method: int
    offset: int


def _local(member):
    """Return what stands before the file."""
    return b"PK\3\4" + _common(member) + member.name.encode()


def _central(member):
    """Return its line in the directory at the end."""
    far = struct.pack("<2HQ", 1, 8, member.offset) if member.offset >= MOST else b""
    more = struct.pack("<3H2L", 0, 0, 0, 0, min(member.offset, MOST))
    version = struct.pack("<H", 45 if far else 20)
    return b"PK\1\2" + version + _common(member, len(far)) + more + member.name.encode() + far


def _common(member, more=0):
    # Version 2.0, no flags; 1 January 1980, as the time of writing is of no use.
    return struct.pack(
        "<5H3L2H",
        *(20, 0, member.method, 0, 33),
        *(member.crc, member.packed, member.size),
        *(len(member.name), more),
    )


def _parts(sheets, title):
    """Return the small files of the archive, by name."""
    numbers = [sheet.number for sheet in sheets]
    return {
        "[Content_Types].xml": _content_types(numbers),
        "_rels/.rels": _relations({"rId1": ("officeDocument", "xl/workbook.xml")}),
        "xl/workbook.xml": _workbook(numbers, title),
        "xl/_rels/workbook.xml.rels": _relations(
            {f"rId{n}": ("worksheet", f"worksheets/sheet{n}.xml") for n in numbers}
            | {"rId0": ("styles", "styles.xml")}
        ),
        "xl/styles.xml": STYLES,
    }


def _content_types(numbers):
    overrides = "".join(
        f'<Override PartName="/xl/{name}.xml" ContentType="{TYPE}.{kind}+xml"/>'
        for name, kind in [
            ("workbook", "sheet.main"),
            ("styles", "styles"),
            *((f"worksheets/sheet{number}", "worksheet") for number in numbers),
        ]
    )
    return (
        f'{XML}<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels"'
        ' ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{overrides}</Types>'
    )


def _relations(targets):
    lines = "".join(
        f'<Relationship Id="{id_}" Type="{RELATIONS}/{kind}" Target="{target}"/>'
        for id_, (kind, target) in targets.items()
    )
    return f'{XML}<Relationships xmlns="{PACKAGE}/relationships">{lines}</Relationships>'


def _workbook(numbers, title):
    title = _NOT_IN_TITLE.sub(" ", title)
    names = [title[:31] if number == 1 else f"{title[:27]} {number}" for number in numbers]
    sheets = "".join(
        f'<sheet name="{name}" sheetId="{number}" r:id="rId{number}"/>'
        for number, name in zip(numbers, names, strict=True)
    )
    return (
        f'{XML}<workbook xmlns="{NAMESPACE}" xmlns:r="{RELATIONS}">'
        f"<sheets>{sheets}</sheets></workbook>"
    )


# The order of the last five is that of the styles in `cells`.
STYLES = f"""{XML}<styleSheet xmlns="{NAMESPACE}">\
<numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd\\ hh:mm"/></numFmts>\
<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>\
<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>\
<fills count="2"><fill><patternFill patternType="none"/></fill>\
<fill><patternFill patternType="gray125"/></fill></fills>\
<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>\
<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>\
<cellXfs count="5">\
<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>\
<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>\
<xf numFmtId="4" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>\
<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>\
<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0" quotePrefix="1"/>\
</cellXfs>\
<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>\
</styleSheet>"""
