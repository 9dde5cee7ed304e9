"The benchmark of size, at a small size: every stage runs."
import os
from pathlib import Path
import nbformat, pytest
import hybrid_vae

NOTEBOOK = Path(hybrid_vae.__file__).parent.parent/'nbs'/'benchmarks'/'scale.ipynb'


@pytest.mark.skipif(not hasattr(os, 'fork'), reason='stages run in forks')
def test_small(tmp_path):
    scope = {}
    for cell in nbformat.read(NOTEBOOK, 4).cells:
        if cell.cell_type == 'code': exec(cell.source, scope)
        if 'parameters' in cell.metadata.get('tags', []): scope.update(real=[16], made_up=[100], workers=1, features=str(tmp_path/'none'), folder=str(tmp_path/'work'))
    found = scope['table_of']
    assert (found.seconds > 0).all() and set(found.tracks) == {16, 100}
    assert scope['apart'].shape == (1, 3) and (scope['apart'] > 0).all(axis=None)
    assert set(found.stage) == {s.__name__ for stages in scope['STAGES'].values() for s in stages} - {'nothing'}
