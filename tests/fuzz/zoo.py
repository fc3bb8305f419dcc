"""Files of alphas made by hand to break a reader, and modules made by hand to break what asks their models."""

from __future__ import annotations

import io
import zipfile

import numpy as np


def npy(header: str, data: bytes = b"\0" * 32, version: bytes = b"\x01\x00") -> bytes:
    """A file of one array whose header says anything."""
    text = header.encode("latin-1") + b"\n"
    return b"\x93NUMPY" + version + len(text).to_bytes(2, "little") + text + data


def archive(members: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """An archive of arrays with any members."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as file:
        for name, data in members.items():
            file.writestr(name, data)
    return buffer.getvalue()


def saved(array: np.ndarray) -> bytes:  # type: ignore[type-arg]
    """The bytes of ``np.save``."""
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=True)
    return buffer.getvalue()


GOOD = saved(np.array([0.5, 1.2]))
ALPHAS: dict[str, bytes] = {
    "true.npy": npy("{'descr': '<f8', 'fortran_order': False, 'shape': (True,), }"),
    "huge.npy": npy("{'descr': '<f8', 'fortran_order': False, 'shape': (1" + 30 * "0" + ",), }"),
    "large.npy": npy("{'descr': '<f8', 'fortran_order': False, 'shape': (10000000000,), }"),
    "negative.npy": npy("{'descr': '<f8', 'fortran_order': False, 'shape': (-4,), }"),
    "unclosed.npy": npy("{'descr': '<f8', 'fortran_order': False, 'shape': (4,"),
    "nested.npy": npy("(" * 3000),
    "call.npy": npy("__import__('os').getpid()"),
    "list.npy": npy("{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (4,), }"),
    "dtype.npy": npy("{'descr': 'nonsense', 'fortran_order': False, 'shape': (4,), }"),
    "void.npy": npy("{'descr': '|V0', 'fortran_order': False, 'shape': (4,), }"),
    "version.npy": npy("{}", version=b"\x09\x09"),
    "objects.npy": saved(np.array([{}, 1.0], dtype=object)),
    "complex.npy": saved(np.array([0.5j, 1])),
    "longdouble.npy": saved(np.array([np.longdouble("1e-400"), 1])),
    "dates.npy": saved(np.array(["2020", "2021"], dtype="datetime64[Y]")),
    "integers.npy": saved(np.array([2**53 + 1, 1])),
    "scalar.npy": saved(np.array(0.5)),
    "infinite.npy": saved(np.array([np.inf, 1.0])),
    "renamed.npz": GOOD,
    "renamed.npy": archive({"a.npy": GOOD}),
    "empty.npz": archive({}),
    "text.npz": archive({"a.txt": b"0.5"}),
    "twice.npz": archive({"a.npy": GOOD, "b.npy": GOOD}),
    "bzip.npz": archive({"a.npy": GOOD}, zipfile.ZIP_BZIP2),
    "encrypted.npz": bytearray(archive({"a.npy": GOOD})).replace(
        b"PK\x01\x02\x14\x03\x14\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01"
    ),
    "lies.npz": archive({"a.npy": npy("{'descr': '<f8', 'fortran_order': False, 'shape': (4000000000,), }")}),
    "inflating.npz": archive({"a.npy": npy("{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }", bytes(10**8))}),
    "deep.json": b"[" * 10**5 + b"]" * 10**5,
    "deeper.json": b'{"a":' * 10**5,
    "true.json": b"[true, 0.5]",
    "twice.json": b'{"a": [0.5, 1.2], "a": [0.7, 0.8]}',
    "large.json": b"[1e999, 0.5]",
    "small.json": b"[1e-400, 0.5]",
    "digits.json": b"[" + b"9" * 10**5 + b", 1]",
    "surrogate.json": b'{"\\ud800": [0.5]}',
    "utf16.json": "[0.5, 1.2]".encode("utf-16"),
    "count.csv": b"alpha,count\n0.5,99999999999999999999\n",
    "counts.csv": b"alpha,count\n0.5,4000000000\n",
    "negative.csv": b"alpha,count\n0.5,-1\n",
    "cell.csv": b"0.5\n" + b"1" * 200_000 + b"\n",
    "minus.csv": "−0.5\n0.7\n0.8\n".encode(),
    "fortran.csv": b"1.0D-1\n0.7\n0.8\n",
    "percent.csv": b"90%\n0.7\n0.8\n",
    "fraction.csv": b"9/10\n0.7\n0.8\n",
    "underscore.csv": b"1_0\n0.7\n",
    "semicolon.csv": b"0.5;0.7\n0.8;0.9\n",
    "tab.csv": b"0.5\t0.7\n",
    "quote.csv": b'"0.5\n0.7\n',
    "zero.csv": b"0.5\x00\n0.7\n",
    "small.csv": b"1e-400\n0.7\n",
    "arabic.csv": "٠.٥\n0.7\n".encode(),
    "latin.csv": b"alph\xe4\n0.5\n0.7\n",
}
TAKEN: dict[str, tuple[bytes, list[float]]] = {
    "outside.npz": (archive({"../../a.npy": GOOD}), [0.5, 1.2]),  # nothing is unpacked to disk
    "mark.json": (b"\xef\xbb\xbf[0.5, 1.2]", [0.5, 1.2]),
    "mark.csv": (b"\xef\xbb\xbf1.6\n0.7\n0.8\n0.9\n", [1.6, 0.7, 0.8, 0.9]),
    "windows.csv": (b"alpha\r\n1.6\r\n0.7\r\n", [1.6, 0.7]),
    "big.npy": (
        saved(np.array([1.6, 0.7], dtype=">f4").astype(">f8")),
        [float(np.float32(1.6)), float(np.float32(0.7))],
    ),
    "integers.npy": (saved(np.array([1, 2], dtype="u1")), [1.0, 2.0]),
    "one.npz": (archive({"a.npy": GOOD}, zipfile.ZIP_STORED), [0.5, 1.2]),
}
"""Files that are unusual and right."""

CAP = "def logits(points):\n    return points[:, 0] - 0.5"
MODULES: dict[str, str] = {
    # Not here: os._exit, which nobody can catch, and what Python prints of user's code in threads and at the end.
    "exits": "raise SystemExit(0)",
    "exits_with_words": "import sys\nsys.exit('words\\nof mine')",
    "parses": "import argparse\nargparse.ArgumentParser().parse_args()",
    "interrupts": "raise KeyboardInterrupt",
    "recurses": "def logits(points):\n    return logits(points)",
    "deep": "exec('(' * 500)",
    "binary": "\x00",
    "prints": "print('at import')\ndef logits(points):\n    print('a line')\n    return points[:, 0] - 0.5",
    "writes": "import os\nos.write(1, b'raw')\n"
    "def logits(points):\n    os.write(1, b'raw')\n    return points[:, 0] - 0.5",
    "closes": "import sys\nsys.stdout.close()\n" + CAP,
    "no_output": "import sys\nsys.stdout = sys.stderr = None\n" + CAP,
    "moves": "import os\nos.chdir('/')\n" + CAP,
    "warns": "import warnings\nwarnings.simplefilter('error')\n" + CAP,
    "strict": "import numpy as np\nnp.seterr(all='raise')\n" + CAP,
    "seeds": "import numpy as np\nnp.random.seed(0)\n"
    "def logits(points):\n    np.random.seed(0)\n    return points[:, 0] - 0.5",
    "spoils": "def logits(points):\n    answer = points[:, 0] - 0.5\n    points[:] = 0\n    return answer",
    "text": "def logits(points):\n    return ['x'] * len(points)",
    "objects": "def logits(points):\n    return [object()] * len(points)",
    "complex": "def logits(points):\n    return points[:, 0] + 1j",
    "masked": "import numpy as np\ndef logits(points):\n    return np.ma.masked_less(points[:, 0], 0)",
    "generator": "def logits(points):\n    yield from points[:, 0]",
    "two": "def logits(points, more):\n    return points[:, 0]",
    "none": "def logits(points):\n    pass",
    "constant": "import numpy as np\ndef logits(points):\n    return np.zeros(len(points))",
    "infinite": "import numpy as np\ndef logits(points):\n    return np.full(len(points), np.inf)",
    "unspeakable": "class E(Exception):\n    def __str__(self):\n        raise E\ndef logits(points):\n    raise E",
    "lines": "def logits(points):\n    raise ValueError('one\\ntwo\\x1b[31m\\rthree')",
    "base": "class E(BaseException):\n    pass\ndef logits(points):\n    raise E('mine')",
    "closing": "def logits(points):\n    raise GeneratorExit",
    "stops": "def logits(points):\n    raise StopIteration",
    "broken_pipe": "def logits(points):\n    raise BrokenPipeError(32, 'mine')",
    "no_space": "def logits(points):\n    raise OSError(28, 'No space left on device')",
    "no_memory": "def logits(points):\n    raise MemoryError",
    "answering": "class A:\n    def __getattr__(self, name):\n        return self\n"
    "    def __call__(self, *a, **k):\n        return self\nlogits = A()",
    "raising": "class A:\n    def __getattr__(self, name):\n        raise RuntimeError(name)\nlogits = A()",
    "module_raising": "def __getattr__(name):\n    raise RuntimeError(name)",
    "gradient": "class A:\n    def logits(self, p):\n        return p[:, 0] - 0.5\n"
    "    def input_gradient(self, p):\n        return p[0]\nlogits = A()",
    "batch": "def logits(points):\n    return points[:, 0] - points[:, 0].mean() - 0.05",
    "noise": "import numpy as np\ndef logits(points):\n    return np.random.default_rng().standard_normal(len(points))",
}
