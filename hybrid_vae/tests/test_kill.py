"However the program ends, nothing of it keeps running, and the next start goes on: SIGINT, SIGTERM and SIGKILL to its process alone, while a kernel computes."
import os, signal, subprocess, sys, time
import nbformat, psutil, pytest
from nbformat.v4 import new_code_cell, new_notebook

TRAINING = """
import numpy as np
from pathlib import Path
Path(f'{marks}/started').touch()
weights = np.eye(200)
while not Path(f'{marks}/end').exists(): weights = np.tanh(weights @ weights)
"""

PROGRAM = """
from hybrid_vae import cli
from hybrid_vae.pipeline.experiments import Experiment, run_experiments
short, long = (Experiment(f'{folder}/{name}.ipynb', dict(marks=folder), name, after) for name, after in (('short', ()), ('long', ('short',))))
cli.app = cli.readable_errors(lambda: run_experiments([short, long], f'{folder}/runs', jobs=2, progress=False))
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


@pytest.mark.skipif(os.name != 'posix', reason='signals as POSIX has them')
def test_nothing_keeps_running(tmp_path):
    write_notebook(tmp_path/'short.ipynb', '1')
    write_notebook(tmp_path/'long.ipynb', TRAINING)
    for kind in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        (tmp_path/'started').unlink(missing_ok=True)
        process = start(tmp_path)
        try:
            assert until(lambda: (tmp_path/'started').exists() or process.poll() is not None, 180) and process.poll() is None, process.stderr.read()
            assert any('ipykernel' in ' '.join(p.cmdline()) for p in alive(tmp_path)) and len(alive(tmp_path)) >= 3
            process.send_signal(kind)
            assert until(lambda: not alive(tmp_path), 10), f'{kind.name} left behind {[" ".join(p.cmdline())[:100] for p in alive(tmp_path)]}'
        finally:
            for p in alive(tmp_path): p.kill()
        said = process.communicate()[1]
        assert kind == signal.SIGKILL or 'the same command goes on from there' in said, said
    done, = (tmp_path/'runs').glob('*/done.json')
    kept = (done.parent/'run.ipynb').stat().st_mtime_ns
    (tmp_path/'end').touch()
    process = start(tmp_path)
    assert not process.wait(180), process.stderr.read()
    assert (done.parent/'run.ipynb').stat().st_mtime_ns == kept, 'what was done was computed again'
    assert {p.parent.name.split('-')[0] for p in (tmp_path/'runs').glob('*/done.json')} == {'short', 'long'}
