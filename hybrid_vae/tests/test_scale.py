"The benchmark of size, at a small size: every stage runs."
import os, subprocess, sys
from pathlib import Path
import pytest
import hybrid_vae

NOTEBOOK = Path(hybrid_vae.__file__).parent.parent/'nbs'/'benchmarks'/'scale.ipynb'

PROGRAM = '''
import sys, nbformat
notebook, place = sys.argv[1:]
scope = {}
for cell in nbformat.read(notebook, 4).cells:
    if cell.cell_type == 'code': exec(cell.source, scope)
    if 'parameters' in cell.metadata.get('tags', []): scope.update(real=[16], made_up=[100], workers=1, features=f'{place}/none', folder=f'{place}/work')
found = scope['table_of']
assert (found.seconds > 0).all() and set(found.tracks) == {16, 100}
assert scope['apart'].shape == (1, 3) and (scope['apart'] > 0).all(axis=None)
assert set(found.stage) == {s.__name__ for stages in scope['STAGES'].values() for s in stages} - {'nothing'}
'''


@pytest.mark.skipif(not hasattr(os, 'fork'), reason='stages run in forks')
@pytest.mark.whole
def test_small(tmp_path):
    "In a process of its own: a fork of one that has threads may wait forever."
    done = subprocess.run([sys.executable, '-W', 'ignore', '-c', PROGRAM, str(NOTEBOOK), str(tmp_path)], env=dict(os.environ, OMP_NUM_THREADS='1', MPLBACKEND='agg'), capture_output=True, text=True, timeout=300)
    assert not done.returncode, done.stderr
