"""Files of alphas: each number is taken as it stands there, or the file is refused with the place in it."""

from __future__ import annotations

import io
import json
import struct
import tracemalloc
import warnings
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest

from adversarial_spheres import load_alphas
from adversarial_spheres.theory.basics.errors import InvalidArgumentError
from adversarial_spheres.theory.quadratic.classifier import QuadraticClassifier
from adversarial_spheres.theory.quadratic.error_rate import exact_error_rate

ALPHAS = np.array([1.6, 0.7, 0.8, 0.9])


def refusal(path: Path, content: bytes | str) -> str:
    """The one line in which a file is refused; without a warning, and with the file as it was."""
    data = content if isinstance(content, bytes) else content.encode()
    path.write_bytes(data)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(InvalidArgumentError, match=r"^alphas must be") as caught:
            load_alphas(path)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400
    assert path.read_bytes() == data
    return str(caught.value)


def test_n2_a_byte_order_mark_hides_no_coefficient(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"\xef\xbb\xbf1.6\n0.7\n0.8\n0.9\n")
    alphas = load_alphas(path)
    assert alphas.tolist() == ALPHAS.tolist()
    rate = exact_error_rate(QuadraticClassifier.from_alphas(alphas), "inner", 1.3)
    assert 10.0**rate.log10 == pytest.approx(0.398, abs=5e-4)


def test_n2_a_byte_order_mark_before_json(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(b"\xef\xbb\xbf[1.6, 0.7, 0.8, 0.9]")
    assert load_alphas(path).tolist() == ALPHAS.tolist()


NO_NUMBERS = [
    "\u22120.5", "1.0D-1", "90%", "9/10", "1_0", "0x1p-1", "1.0f", "\uff11.\uff16", "1e", "e5", "xe5", "5.", "0.5.5",
    "--1", "1 0", "nan", "NaN", "inf", "-Infinity", "NA", "N/A", "null", "None", "true", "x", "#N/A", "#DIV/0!", "#.5",
    "1.6\x00", "\u00bd", "\u2167", '"1.6', "1.6 # good", "0.5-", "$0.5", "(0.5)", "alpha1",
]  # fmt: skip


@pytest.mark.parametrize("cell", [cell for cell in NO_NUMBERS if cell != "5."], ids=ascii)
@pytest.mark.parametrize("line", [1, 2, 3])
def test_n2_a_cell_that_is_no_number_is_named_with_its_line(tmp_path: Path, cell: str, line: int) -> None:
    cells = ["1.6", "0.7", "0.8"]
    cells[line - 1] = cell
    assert f"line {line}" in refusal(tmp_path / "a.csv", "\n".join(cells))


@pytest.mark.parametrize(
    "number", ["5.", ".5", "+0.5", "5e-1", "5E-1", "0005", " 0.5 ", '"0.5"', "0.50000000000000000001"]
)
def test_numbers_as_people_write_them(tmp_path: Path, number: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"{number}\n1\n")
    assert load_alphas(path).tolist() == [float(number.strip(' "')), 1.0]


@pytest.mark.parametrize(
    "text",
    ["1;2\n3;4\n", "1.6;0.7\n", "1.6\t0.7\n", "1\t2\n3\t4\n", "alpha;count\n0.7;2\n", "0,5; 0,8\n"],
    ids=ascii,
)
def test_n2_other_separators_are_told_in_clear_words(tmp_path: Path, text: str) -> None:
    assert "line 1 has ';' or a tab; commas stand between columns" in refusal(tmp_path / "a.csv", text)


def test_n2_decimal_commas_are_told_in_clear_words(tmp_path: Path) -> None:
    assert "decimals have a point" in refusal(tmp_path / "a.csv", "1,6\n0,7\n")


@pytest.mark.parametrize("header", ["alpha", "Alphas", "\u03b1", "alpha_bin_centre", '"alpha"', "coefficient (inner)"])
def test_a_header_is_a_name(tmp_path: Path, header: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"{header}\n1.6\n0.7\n0.8\n0.9\n", encoding="utf-8")
    assert load_alphas(path).tolist() == ALPHAS.tolist()
    path.write_text(f"{header},COUNT\n1.6,1\n0.7,1\n0.8,0\n0.8,1\n0.9,1\n", encoding="utf-8")
    assert load_alphas(path).tolist() == ALPHAS.tolist()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("alpha,count\n1.6\n0.7\n", "line 2 has 1 cells, not 2"),
        ("alpha\n1.6,0.7\n", "line 2 has 2 cells, not 1"),
        ("1.6\n0.7,0.8\n", "line 2 has 2 cells, not 1"),
        ("1.6,\n0.7,\n", "line 1: '' is no number"),
        ("alpha,0.5\n1.6,1\n", "line 1: 'alpha' is no number"),
        ("alpha,beta\n1.6,1\n0.7,1\n", "2 columns"),
        ("alpha,count\n1.6,1_0\n", "line 2: the count '1_0' is no whole number"),
        ("alpha,count\n1.6,-1\n", "the count '-1' is no whole number"),
        ("alpha,count\n1.6,1.5\n", "the count '1.5' is no whole number"),
        ("alpha,count\n1.6,99999999999999999999\n", "its counts ask for more than 134,217,728 alphas"),
        (f"alpha,count\n1.6,{'9' * 5000}\n", "its counts ask for more than"),
        ("alpha,count\n1.6,100000000\n0.7,100000000\n", "its counts ask for more than"),
        ("alpha,count\n1.6,1\n", "2 to 134,217,728"),
        ("alpha\n", "2 to 134,217,728"),
        ("# nothing\n", "2 to 134,217,728"),
        ("0.5\n" + "1" * 140000 + "\n", "line 2"),
        ('0.5\n"' + "1" * 140000 + '"\n', "line 2: field larger than field limit"),
        ('0.5\n"0.6\n0.7"\n', "line 2"),
        ("0.5\n0.6\u20280.7\n", "line 2"),
    ],
    ids=lambda value: ascii(value[:30]),
)
def test_odd_csv_files_are_refused_with_the_reason(tmp_path: Path, text: str, words: str) -> None:
    assert words in refusal(tmp_path / "a.csv", text)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", ""])
def test_ends_of_lines_and_a_last_line_without_one(tmp_path: Path, end: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(((end or "\n").join(["# comment", "alpha", "1.6", "0.7", "", "0.8", "0.9"]) + end).encode())
    assert load_alphas(path).tolist() == ALPHAS.tolist()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[true, 0.5]", "at index 0 there is no number but true or false"),
        ("[0.5, null]", "at index 1 there is no number but null"),
        ('[0.5, "0.6"]', "at index 1 there is no number but a word"),
        ("[0.5, [0.6]]", "at index 1 there is no number but an array"),
        ('[0.5, {"a": 1}]', "at index 1 there is no number but an object"),
        ('{"a": [1, 2], "a": [3, 4]}', "the name 'a' stands there twice"),
        ('{"a": [1, 2], "b": [3, 4]}', "not exactly one array"),
        ("[0.5, NaN]", "NaN is no number of JSON"),
        ("[0.5, Infinity]", "Infinity is no number of JSON"),
        ("[0.5, -Infinity]", "-Infinity is no number of JSON"),
        ("[0.5, 1_0]", "a .json file"),
        ("[0.5, 1e-400]", "'1e-400' is no size that doubles hold"),
        ("[0.5, 1e400]", "'1e400' is no size that doubles hold"),
        ("[0.5, 9007199254740993]", "'9007199254740993' is a whole number that no double holds"),
        (f"[0.5, {'1' * 5000}]", "no size that doubles hold"),
        ("[" * 100000, "nested too deeply"),
        ('{"a":' * 100000, "nested too deeply"),
        ("", "a .json file"),
        ("0.5", "it holds no array"),
        ('{"a": 0.5}', "it holds no array"),
        ("[0.5, 0.6] [0.7]", "a .json file"),
        ("[0.5]", "2 to 134,217,728"),
    ],
    ids=lambda value: ascii(value[:24]),
)
def test_json_is_taken_literally(tmp_path: Path, text: str, words: str) -> None:
    assert words in refusal(tmp_path / "a.json", text)


@pytest.mark.parametrize("number", ["1e-400", "-1e-400", "3e-324", "1e400", "0." + 400 * "0" + "1", "1e-" + "9" * 30])
@pytest.mark.parametrize("suffix", [".csv", ".json"])
def test_n3_a_number_that_is_not_zero_does_not_become_zero(tmp_path: Path, suffix: str, number: str) -> None:
    text = f"[1.6, {number}]" if suffix == ".json" else f"1.6\n{number}\n"
    assert "no size that doubles hold in full" in refusal(tmp_path / f"a{suffix}", text)


@pytest.mark.parametrize("number", ["0e-400", "0", "-0.0", "1e-310", "5e-324", "9007199254740992", str(2**60)])
def test_n3_what_doubles_hold_is_taken(tmp_path: Path, number: str) -> None:
    for name, text in (("a.csv", f"1.6\n{number}\n"), ("a.json", f"[1.6, {number}]")):
        (tmp_path / name).write_text(text)
        assert load_alphas(tmp_path / name).tolist() == [1.6, float(number)]


def npy(array: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=True)
    return buffer.getvalue()


def npz(array: np.ndarray, method: int = zipfile.ZIP_STORED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        archive.writestr("alphas.npy", npy(array))
    return buffer.getvalue()


needs_long_floats = pytest.mark.skipif(
    np.finfo(np.longdouble).smallest_normal >= np.finfo(np.float64).smallest_normal, reason="no longer floats here"
)


@needs_long_floats
@pytest.mark.parametrize("text", ["1e-400", "-1e-320", "1e400"])
def test_n3_long_floats_that_no_double_holds(tmp_path: Path, text: str) -> None:
    array = np.array([1.0, np.longdouble(text)])
    assert "at index 1" in refusal(tmp_path / "a.npy", npy(array))
    assert "at index 1" in refusal(tmp_path / "a.npz", npz(array))


@needs_long_floats
def test_n3_long_floats_are_rounded(tmp_path: Path) -> None:
    (tmp_path / "a.npy").write_bytes(npy(np.array([1, 2], dtype=np.longdouble) / 10))
    assert load_alphas(tmp_path / "a.npy").tolist() == [0.1, 0.2]


@pytest.mark.parametrize(
    "array",
    [
        np.array([1, 2**53 + 1]),
        np.array([1, -(2**53) - 1]),
        np.array([1, 2**64 - 1], dtype=np.uint64),
        np.array([1, 2**63 - 1]),
    ],
    ids=str,
)
def test_n3_integers_that_no_double_holds(tmp_path: Path, array: np.ndarray) -> None:
    assert "at index 1" in refusal(tmp_path / "a.npy", npy(array))


@pytest.mark.parametrize("dtype", ["int8", "uint16", "int64", "uint64", "float16", "float32", ">f8", ">i4"])
def test_numbers_of_other_types_are_taken_exactly(tmp_path: Path, dtype: str) -> None:
    array = np.array([3, 7, 11]).astype(dtype)
    (tmp_path / "a.npy").write_bytes(npy(array))
    alphas = load_alphas(tmp_path / "a.npy")
    assert (alphas.tolist(), alphas.dtype.str, alphas.flags.writeable) == ([3.0, 7.0, 11.0], np.dtype(float).str, True)


def test_n3_large_integers_that_doubles_hold(tmp_path: Path) -> None:
    (tmp_path / "a.npy").write_bytes(npy(np.array([2**63, 2**53], dtype=np.uint64)))
    assert load_alphas(tmp_path / "a.npy").tolist() == [2.0**63, 2.0**53]


@pytest.mark.parametrize(
    ("array", "words"),
    [
        (np.array([True, False]), "not of truth values"),
        (np.array([1j, 2]), "not of complex numbers"),
        (np.array(["0.5", "0.6"]), "not of words"),
        (np.array([b"0.5", b"0.6"]), "not of bytes"),
        (np.array([0.5, None], dtype=object), "its entries are Python objects"),
        (np.array([(1.0, 2)], dtype=[("a", float), ("b", int)]), "a .npy file"),
        (np.array(["2020-01-01", "2020-01-02"], dtype="M8[D]"), "its entries are of type '<M8[D]'"),
        (np.eye(3), "shape (3, 3)"),
        (np.array(0.5), "shape ()"),
        (np.array([0.5]), "shape (1,)"),
        (np.array([0.5, np.nan]), "nan at index 1"),
        (np.array([0.5, -np.inf]), "-inf at index 1"),
    ],
    ids=lambda value: value if isinstance(value, str) else value.dtype.str,
)
def test_n4_arrays_of_other_things_in_clear_words(tmp_path: Path, array: np.ndarray, words: str) -> None:
    assert words in refusal(tmp_path / "a.npy", npy(array))


def test_n4_masked_arrays_are_refused() -> None:
    from adversarial_spheres.numerics.storage.alphas import check_alphas

    for mask in ([False, True, False], False):
        with pytest.raises(InvalidArgumentError, match=r"^alphas must be one array without a mask"):
            check_alphas(np.ma.array([0.5, 0.6, 0.7], mask=mask))


def test_n4_a_mask_beside_the_numbers_is_not_ignored(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    np.savez(buffer, data=ALPHAS, mask=np.array([True, False, False, False]))
    assert "not exactly one array" in refusal(tmp_path / "a.npz", buffer.getvalue())


def with_header(header: str, numbers: bytes = b"", version: bytes = b"\x01\x00") -> bytes:
    text = header.encode("latin-1")
    return b"\x93NUMPY" + version + struct.pack("<H" if version[0] == 1 else "<I", len(text)) + text + numbers


SHAPES = [
    "(True,)", "(10**30,)", f"({10**30},)", "(2", "(-2,)", "(2.0,)", "(2, 2)", "(3,)", "(1,)", "None", "2", "(2,),",
    "()", f"({2**62}, {2**62})", f"({2**64},)", "(0, 2)", f"({', '.join(['1'] * 70)}, 2)", "('2',)", "(2L,)",
]  # fmt: skip
TYPES = ["<f9", "<f0", "f8", "f8,f8", "<U999999999", "|O", "", "(2,)f8", "<x8"]
HEADERS = [
    "", "{", "{}", "(" * 1000, "{'descr': '<f8'", "\x00" * 20, "'\\d'", " " * 5000,
    "{'descr': '<f8', 'fortran_order': 0, 'shape': (2,)}",
    "{'descr': '<f8', 'descr': '<f8', 'fortran_order': False, 'shape': (2,)}",
    "{'descr': '<f8', 'fortran_order': False, 'shape': (2,), 'more': True}",
    *(f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}" for shape in SHAPES),
    *(f"{{'descr': '{kind}', 'fortran_order': False, 'shape': (2,), }}" for kind in TYPES),
]  # fmt: skip
BEGINNINGS = [b"", b"\x93NUMPY", b"\x93NUMPY\x01", b"\x93NUMPY\x01\x00\xff", b"\x93NUMPY\x03\x00" + bytes(99)]


@pytest.mark.parametrize("header", HEADERS, ids=lambda text: ascii(text[-40:]))
@pytest.mark.parametrize("version", [b"\x01\x00", b"\x02\x00"])
def test_npy_headers_that_make_no_sense(tmp_path: Path, header: str, version: bytes) -> None:
    refusal(tmp_path / "a.npy", with_header(header, bytes(16), version))


@pytest.mark.parametrize("data", BEGINNINGS)
def test_npy_files_that_end_early(tmp_path: Path, data: bytes) -> None:
    refusal(tmp_path / "a.npy", data)


def test_version_2_of_npy_is_read(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, ALPHAS, version=(2, 0))
    (tmp_path / "a.npy").write_bytes(buffer.getvalue())
    assert load_alphas(tmp_path / "a.npy").tolist() == ALPHAS.tolist()


def test_names_that_do_not_fit_the_content(tmp_path: Path) -> None:
    assert "whose name should end in .npz" in refusal(tmp_path / "a.npy", npz(ALPHAS))
    assert "whose name should end in .npy" in refusal(tmp_path / "a.npz", npy(ALPHAS))
    for suffix in (".csv", ".json"):
        refusal(tmp_path / f"a{suffix}", npz(ALPHAS))
        refusal(tmp_path / f"a{suffix}", npy(ALPHAS))


def test_archives_that_are_encrypted(tmp_path: Path) -> None:
    data = bytearray(npz(ALPHAS))
    for signature, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + place] |= 1
    assert "it is encrypted" in refusal(tmp_path / "a.npz", bytes(data))


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_archives_that_are_oddly_compressed(tmp_path: Path, method: int) -> None:
    assert "compressed in a way that NumPy does not use" in refusal(tmp_path / "a.npz", npz(ALPHAS, method))


def test_archives_of_numpy_are_read_compressed_or_not(tmp_path: Path) -> None:
    for save in (np.savez, np.savez_compressed):
        save(tmp_path / "a.npz", alphas=ALPHAS)
        assert load_alphas(tmp_path / "a.npz").tolist() == ALPHAS.tolist()


def zeros_archive(size: int) -> bytes:
    """An archive of one array of ``size`` zero bytes, a multiple of 2^24: a few kilobytes."""
    coder = zlib.compressobj(9, wbits=-15)
    header = npy(np.zeros(2))[:-16].replace(b"(2,)", f"({size // 8},)".encode())
    first = coder.compress(header) + coder.flush(zlib.Z_FULL_FLUSH)
    block = coder.compress(bytes(2**24)) + coder.flush(zlib.Z_FULL_FLUSH)
    stream = first + block * (size // 2**24) + coder.flush()
    name, total = b"alphas.npy", len(header) + size
    common = struct.pack("<HHHHHIIIHH", 20, 0, 8, 0, 33, 0, len(stream), total, len(name), 0)
    directory = b"PK\x01\x02" + struct.pack("<H", 20) + common + struct.pack("<HHHII", 0, 0, 0, 0, 0) + name
    local = b"PK\x03\x04" + common + name + stream
    return local + directory + b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(directory), len(local), 0)


def test_an_archive_that_unfolds_to_gigabytes_is_not_unfolded(tmp_path: Path) -> None:
    data = zeros_archive(150 * 2**24)
    assert len(data) < 3e6
    tracemalloc.start()
    try:
        assert "it unfolds to 2,516,58" in refusal(tmp_path / "a.npz", data)
        assert tracemalloc.get_traced_memory()[1] < 30e6
    finally:
        tracemalloc.stop()


def test_an_archive_that_lies_about_its_size_is_not_unfolded(tmp_path: Path) -> None:
    """Its directory promises 144 bytes: no more is unfolded, and they are not an array of that many zeros."""
    data = zeros_archive(150 * 2**24).replace(struct.pack("<I", 150 * 2**24 + 128), struct.pack("<I", 144))
    tracemalloc.start()
    try:
        refusal(tmp_path / "a.npz", data)
        assert tracemalloc.get_traced_memory()[1] < 30e6
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(("suffix", "limit"), [(".npy", 2**30), (".npz", 2**30), (".csv", 2**25), (".json", 2**25)])
def test_files_beyond_the_stated_size_are_not_read(tmp_path: Path, suffix: str, limit: int) -> None:
    path = tmp_path / f"a{suffix}"
    with path.open("wb") as file:
        file.truncate(2**40)  # sparse: it takes no room
    tracemalloc.start()
    try:
        with pytest.raises(InvalidArgumentError, match=f"at most {limit:,} bytes"):
            load_alphas(path)
        assert tracemalloc.get_traced_memory()[1] < 30e6
    finally:
        tracemalloc.stop()


def test_all_layouts_give_the_same_numbers(tmp_path: Path) -> None:
    alphas = np.random.default_rng(0).standard_normal(200) * 10.0 ** np.random.default_rng(1).integers(-300, 300, 200)
    np.save(tmp_path / "a.npy", alphas)
    np.savez_compressed(tmp_path / "a.npz", alphas)
    (tmp_path / "a.json").write_text(json.dumps(alphas.tolist()))
    (tmp_path / "a.csv").write_text("\n".join(map(repr, alphas.tolist())))
    (tmp_path / "row.csv").write_text(", ".join(map(repr, alphas.tolist())))
    for name in ("a.npy", "a.npz", "a.json", "a.csv", "row.csv"):
        assert load_alphas(tmp_path / name).tobytes() == alphas.tobytes(), name


@pytest.mark.parametrize("name", ["x" * 300, "a\nb", "a\0b", ""])
def test_names_that_are_odd(tmp_path: Path, name: str) -> None:
    for path in (tmp_path / f"{name}.csv", f"{name}.csv"):
        with pytest.raises(InvalidArgumentError, match=r"^alphas must be") as caught:
            load_alphas(path)
        assert "\n" not in str(caught.value)


def test_a_file_with_a_newline_in_its_name_is_read(tmp_path: Path) -> None:
    (tmp_path / "a\nb.csv").write_text("0.5\n0.6\n")
    assert load_alphas(tmp_path / "a\nb.csv").tolist() == [0.5, 0.6]


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="a file that opens and cannot be read")
def test_read_errors_are_told_in_a_line(tmp_path: Path) -> None:
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(InvalidArgumentError, match="Is a directory"):
        load_alphas(tmp_path / "folder.csv")
    (tmp_path / "memory.csv").symlink_to("/proc/self/mem")  # opens, and gives EIO when it is read
    with pytest.raises(InvalidArgumentError, match=r"a file that can be read \(Input/output error\)"):
        load_alphas(tmp_path / "memory.csv")
