"""TensorFlow Lite as it is meant to run on a processor: in one thread, with its library's XNNPACK kernels.

pyopen-wakeword asks for neither, and its networks then cost six times as much for the same scores.
"""

import ctypes
from collections.abc import Sequence
from typing import Any, Final

_POINTERS: Final = ("TfLiteInterpreterOptionsCreate", "TfLiteXNNPackDelegateCreate")
_TAKE_POINTER: Final = (
    "TfLiteXNNPackDelegateCreate",
    "TfLiteXNNPackDelegateDelete",
    "TfLiteInterpreterOptionsDelete",
)


class Faster:
    """Faster interpreters in an `OpenWakeWordFeatures`, where that is possible."""

    def __init__(self, features: Any, *, mel_shape: Sequence[int], embedding_shape: Sequence[int]) -> None:
        self._delegates: list[int] = []
        self._library = library = features.lib
        try:
            for name in _POINTERS:
                getattr(library, name).restype = ctypes.c_void_p
            for name in _TAKE_POINTER:
                getattr(library, name).argtypes = [ctypes.c_void_p]
            library.TfLiteInterpreterOptionsAddDelegate.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
            library.TfLiteInterpreterOptionsSetNumThreads.argtypes = [ctypes.c_void_p, ctypes.c_int32]
        except AttributeError:
            return  # a library without these kernels: slower, and right all the same
        for name, shape in (("mel", mel_shape), ("emb", embedding_shape)):
            self._replace(features, name, shape)

    def close(self) -> None:
        """After the interpreters have been closed: give back what they ran with."""
        while self._delegates:
            self._library.TfLiteXNNPackDelegateDelete(self._delegates.pop())

    def _replace(self, features: Any, name: str, shape: Sequence[int]) -> None:
        library = self._library
        delegate = library.TfLiteXNNPackDelegateCreate(None)
        options = library.TfLiteInterpreterOptionsCreate()
        library.TfLiteInterpreterOptionsSetNumThreads(options, 1)
        library.TfLiteInterpreterOptionsAddDelegate(options, delegate)
        interpreter = library.TfLiteInterpreterCreate(getattr(features, f"{name}_model"), options)
        library.TfLiteInterpreterOptionsDelete(options)
        if not interpreter:
            library.TfLiteXNNPackDelegateDelete(delegate)
            return
        size = (ctypes.c_int32 * len(shape))(*shape)
        library.TfLiteInterpreterResizeInputTensor(interpreter, 0, size, len(shape))
        if library.TfLiteInterpreterAllocateTensors(interpreter) != 0:
            library.TfLiteInterpreterDelete(interpreter)
            library.TfLiteXNNPackDelegateDelete(delegate)
            return
        self._delegates.append(delegate)
        library.TfLiteInterpreterDelete(getattr(features, f"{name}_interpreter"))
        setattr(features, f"{name}_interpreter", interpreter)
        setattr(features, f"{name}_input_tensor", library.TfLiteInterpreterGetInputTensor(interpreter, 0))
        setattr(features, f"{name}_output_tensor", library.TfLiteInterpreterGetOutputTensor(interpreter, 0))
