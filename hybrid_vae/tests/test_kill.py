"However and whenever the program ends, nothing of it keeps running, and the next start finishes with the results of an undisturbed run."
import os, random, signal, subprocess, sys, time
import nbformat, psutil, pytest, soundfile
from nbformat.v4 import new_code_cell, new_notebook
from hybrid_vae.collection.datasets import load_dataset
from hybrid_vae.features.audio import synthetic_song
from hybrid_vae.features.cache import FeatureSpec, extract

TRAINING = """
import numpy as np
from pathlib import Path
Path(f'{marks}/started').touch()
weights = np.eye(200)
while not Path(f'{marks}/end').exists(): weights = np.tanh(weights @ weights)
"""

PROGRAM = """
import signal
from pathlib import Path
from hybrid_vae import cli
from hybrid_vae.collection.datasets import load_dataset
from hybrid_vae.features.cache import FeatureSpec, extract
from hybrid_vae.pipeline.engine import engine
from hybrid_vae.pipeline.experiments import Experiment, run_experiments
folder = Path(folder)
short, long = (Experiment(f'{folder}/{name}.ipynb', dict(marks=str(folder)), name, after) for name, after in (('short', ()), ('long', ('short',))))
def work():
    (folder/'begun').touch()
    with engine(2, preload=('hybrid_vae.features.cache', 'hybrid_vae.pipeline.experiments')):
        for place in ('cache', 'calm') if (folder/'end').exists() else ('cache',):
            extract(load_dataset('folder', audio=folder/'music').tracks, FeatureSpec(seconds=3.), folder/place, batch=1, progress=False)
        run_experiments([short, long], folder/'runs', progress=False)
cli.app = cli.readable_errors(work)
signal.signal(signal.SIGINT, signal.default_int_handler) # a shell may have told what runs in the background to ignore it
cli.main()
"""


def write_notebook(path, code):
    cells = [new_code_cell("marks = ''\nout = ''", metadata=dict(tags=['parameters'])), new_code_cell(code)]
    nbformat.write(new_notebook(cells=cells, metadata=dict(kernelspec=dict(name='python3', display_name='python3', language='python'))), path)


def start(folder):
    "The program in a process of its own; all that it starts inherit a variable by which they are found again."
    code = f'folder = {str(folder)!r}{PROGRAM}'
    return subprocess.Popen([sys.executable, '-c', code], env=dict(os.environ, HYBRID_VAE_KILL_TEST=str(folder)), stderr=subprocess.PIPE, text=True, start_new_session=True)


def alive(folder):
    "Processes of the program that still run: main, scheduler, workers, the server that forks them, the resource tracker, kernels."
    found = []
    for process in psutil.process_iter():
        try:
            if process.status() != psutil.STATUS_ZOMBIE and process.environ().get('HYBRID_VAE_KILL_TEST') == str(folder): found.append(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied): continue
    return found


def until(condition, seconds):
    "Wait until a condition holds, but no longer."
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline: time.sleep(.2)
    return condition()


def end(folder, kind, mark, moment):
    "Start the program, wait for a mark and then some seconds, and send a signal to its own process alone; what it said."
    (folder/mark).unlink(missing_ok=True)
    process = start(folder)
    try:
        assert until(lambda: (folder/mark).exists() or process.poll() is not None, 180) and process.poll() is None, process.stderr.read()
        time.sleep(moment)
        process.send_signal(kind)
        assert until(lambda: not alive(folder), 20), f'{kind.name} {moment:.1f} s after {mark!r} left behind {[" ".join(p.cmdline())[:100] for p in alive(folder)]}'
    finally:
        for p in alive(folder): p.kill()
    return process.communicate()[1]


@pytest.mark.skipif(os.name != 'posix', reason='signals as POSIX has them')
@pytest.mark.whole
def test_killed_at_random_moments(tmp_path):
    write_notebook(tmp_path/'short.ipynb', '1')
    write_notebook(tmp_path/'long.ipynb', TRAINING)
    (tmp_path/'music').mkdir()
    for i in range(6): soundfile.write(tmp_path/'music'/f'{i}.wav', synthetic_song(3., seed=i), 22050)
    for kind, mark, longest in ((signal.SIGKILL, 'started', 1), (signal.SIGINT, 'begun', 4), (signal.SIGTERM, 'begun', 4), (signal.SIGKILL, 'begun', 2), (signal.SIGKILL, 'begun', 4)):
        said = end(tmp_path, kind, mark, random.uniform(0, longest))
        assert kind == signal.SIGKILL or 'the same command goes on from there' in said, said
    done, = (tmp_path/'runs').glob('short-*/done.json')                       # the first kill came after it
    kept = (done.parent/'run.ipynb').stat().st_mtime_ns
    (tmp_path/'end').touch()
    process = start(tmp_path)
    assert not process.wait(180), process.stderr.read()
    assert (done.parent/'run.ipynb').stat().st_mtime_ns == kept, 'what was done was computed again'
    assert {p.parent.name.split('-')[0] for p in (tmp_path/'runs').glob('*/done.json')} == {'short', 'long'}
    tracks = load_dataset('folder', audio=tmp_path/'music').tracks
    (killed, lost), (calm, _) = (extract(tracks, FeatureSpec(seconds=3.), tmp_path/place, batch=1, progress=False) for place in ('cache', 'calm'))
    assert not len(lost) and killed.load().identical(calm.load())
