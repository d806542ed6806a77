"""Archives of models as others make them."""

import io
import zipfile

from tests.voice.speech import MODEL

NAME = "vosk-model-small-en-us-9.9"
FILES = {str(one.relative_to(MODEL)): one.read_bytes() for one in sorted(MODEL.rglob("*")) if one.is_file()}


def packed(files, *, around=NAME, compression=zipfile.ZIP_DEFLATED):
    """The archive of these files, in a folder as Vosk's are."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        for name, content in files.items():
            entry = (
                name
                if isinstance(name, zipfile.ZipInfo)
                else zipfile.ZipInfo(f"{around}{'/' * bool(around)}{name}")
            )
            archive.writestr(entry, content, compress_type=compression)
    return out.getvalue()
