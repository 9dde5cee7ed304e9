"""Bytes at random, guided by the branches that they reach, against what reads files of others. By hand, with the package atheris:

    python -m hybrid_vae.tests.fuzz table CORPUS -max_total_time=225

The first word is a name in `TARGETS`, the folder keeps what reached something new, and options are those of libFuzzer.
"""
import contextlib, io, re, sys, tempfile, warnings
from pathlib import Path
import atheris, numpy as np, pandas as pd, soundfile as sf

SUFFIXES = '.mp3', '.flac', '.ogg', '.wav', '.m4a', '.aiff', '.wma', '.opus' # chosen by the first byte
TABLES = b'track_id,lyrics\n1,la\n', b'path;genre;lyrics\na.wav;rock;"x\ny"\n', b'id\ttitle\ttext\n1\t=a\t"b""c"\n', 'track_id,lyrics\n7,é\n'.encode('utf-16'), b',track,\n,id,\n1,2,3\n', b'track_id|lyrics\r1|a\\"b\r'


def table(folder):
    "A table is read, or refused in one sentence that names the file."
    from ..collection.lyrics_table import read_table
    def one(data):
        (folder/'x.csv').write_bytes(data)
        try: got = read_table(folder/'x.csv')
        except ValueError as error:
            assert "'x.csv'" in str(error) and '\n' not in str(error).strip() and not re.search('Error|tokeniz|codec|pandas', str(error)), error
            return
        assert got.columns.is_unique and len(got) and all(v is None or isinstance(v, str) and v for c in got for v in got[c])
    return one


def tags(folder):
    "Tags and lyrics beside the audio are texts, and nothing else is raised than that they cannot be read."
    from ..collection.tags import read_lyrics_file, read_tags
    def one(data):
        for read, name in ((read_tags, 'x' + SUFFIXES[data[0] % 8] if data else 'x.mp3'), (read_lyrics_file, 'x.lrc')):
            (folder/name).write_bytes(data[1:])
            with contextlib.suppress(ValueError, OSError): assert all(isinstance(v, str) and v for v in read(folder/name).values())
    return one


def decoder(folder):
    "A sound file gives finite samples of the length asked for, or is refused in one line."
    from ..features.audio import decode
    from ..features.files import BadAudio, audio_seconds
    def one(data):
        path = folder/('x' + SUFFIXES[data[0] % 8] if data else 'x.mp3')
        path.write_bytes(data[1:])
        try: y = decode(path, 22050, .5, .1)
        except BadAudio as error: assert '\n' not in str(error).strip(), error
        else: assert y.ndim == 1 and len(y) <= 11025 and np.isfinite(y).all()
        assert (seconds := audio_seconds(path)) is None or seconds >= 0
    return one


def m3u(folder):
    "A playlist has two lines for each track, whatever its title, artist and path."
    from ..placement.playlists import write_playlist
    def one(data):
        drawn = atheris.FuzzedDataProvider(data)
        text = lambda: drawn.ConsumeUnicodeNoSurrogates(30)
        rows = [dict(path='/m/' + (text() or 'x'), title=text(), artist=text()) for _ in range(drawn.ConsumeIntInRange(1, 3))]
        lines = write_playlist(pd.DataFrame(rows, dtype=object), folder/'x.m3u', text()).read_bytes().decode('utf-8', 'surrogateescape').split('\n')
        assert lines[0] == '#EXTM3U' and len(lines) == 4 + 2*len(rows) and not lines[-1] and not any(set(line) & set('\r\x0b\x0c\x85\u2028\u2029') for line in lines), lines
        assert all(line.startswith('#EXTINF') for line in lines[3:-1:2]) and not any(line.startswith('#') for line in lines[4:-1:2]), lines
    return one


TARGETS = { # what is fuzzed -> its maker, the modules whose branches guide
    table: ('hybrid_vae.collection.lyrics_table', 'hybrid_vae.collection.cells'), tags: ('hybrid_vae.collection.tags', 'tinytag'),
    decoder: ('hybrid_vae.features.headers', 'hybrid_vae.features.files', 'hybrid_vae.features.audio'), m3u: ('hybrid_vae.placement.playlists',)}


def plant(corpus):
    "Something to begin with: small tables, and a short noise in every format."
    for i, data in enumerate(TABLES): (corpus/f'table-{i}').write_bytes(data)
    noise = np.random.default_rng(0).uniform(-.5, .5, 2400)
    for kind, suffix in (('MP3', 0), ('FLAC', 1), ('OGG', 2), ('WAV', 3), ('AIFF', 5)):
        with sf.SoundFile(made := io.BytesIO(), 'w', 8000, 1, format=kind) as f: f.title, f.artist = 'Song', 'One'; f.write(noise)
        (corpus/kind).write_bytes(bytes([suffix]) + made.getvalue())


def main(name, corpus, *options):
    target = next(t for t in TARGETS if t.__name__ == name)
    Path(corpus).mkdir(parents=True, exist_ok=True)
    plant(Path(corpus))
    warnings.simplefilter('ignore')
    with tempfile.TemporaryDirectory() as folder:
        with atheris.instrument_imports(include=list(TARGETS[target])): one = target(Path(folder))
        atheris.Setup([sys.argv[0], corpus, *options], one)
        atheris.Fuzz()


if __name__ == '__main__': main(*sys.argv[1:])
