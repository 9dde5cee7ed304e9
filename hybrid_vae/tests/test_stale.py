"An edited module makes stale what depends on it, and nothing else: numbers by what computes them, pictures by what draws them."
import ast, builtins, functools, shutil
import pytest
from hybrid_vae.pipeline import experiments
from hybrid_vae.pipeline.experiments import PACKAGE, code_of, experiment_notebook, pictures_id, run_id, split_cells, tagged

NAMES = sorted(p.stem for p in (PACKAGE.parent/'nbs'/'experiments').glob('*.ipynb'))


@pytest.fixture(scope='module')
def edited(tmp_path_factory):
    "A function that edits a module in a copy of the package, and says which experiments' numbers and pictures are stale by it."
    copy = shutil.copytree(PACKAGE, tmp_path_factory.mktemp('copy')/PACKAGE.name, ignore=shutil.ignore_patterns('__pycache__'))
    def ids(): return {name: (run_id(experiment_notebook(name), {}, copy), pictures_id(experiment_notebook(name), copy)) for name in NAMES}
    def edit(module):
        before = states[-1]
        with open(copy/module, 'a', encoding='utf-8') as f: f.write('\n# edited\n')
        states.append(after := ids())
        return [{name for name in NAMES if before[name][i] != after[name][i]} for i in range(2)]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(experiments, 'split_cells', functools.lru_cache(experiments.split_cells)) # the notebooks stay as they are
        states = [ids()]
        yield edit


def module_of(end):
    "The file of a module by the end of its name, relative to the package."
    return next(p.relative_to(PACKAGE) for p in sorted(PACKAGE.rglob('*.py')) if p.relative_to(PACKAGE).as_posix().endswith(end) and 'tests' not in p.relative_to(PACKAGE).parts)


def test_sounds_depend_on_how_sounds_are_made(edited):
    assert edited(module_of('sound.py'))[0] == {'09_sounds'}


def test_no_result_depends_on_what_presents_it(edited):
    for module in ('cli.py', 'report.py', 'pipeline/experiments.py', 'testing.py'): assert edited(module_of(module)) == [set(), set()], module


def test_a_method_is_learned_again_when_its_model_changes(edited):
    assert '02_representation' in edited(module_of('models/vae.py'))[0] # found by looking into the package, not by an import of its name


def test_every_result_depends_on_the_tracks(edited):
    assert edited(module_of('tracks.py'))[0] == set(NAMES)


def test_pictures_are_drawn_again_where_numbers_stay(edited):
    plots = [p.relative_to(PACKAGE) for p in sorted((PACKAGE/'plots').glob('[!_]*.py'))]
    stale = {module.name: edited(module) for module in plots}
    assert not any(numbers for numbers, _ in stale.values()) and any(pictures for _, pictures in stale.values()), stale


def test_cells_that_draw_are_tagged():
    for name in NAMES:
        numbers, pictures = split_cells(experiment_notebook(name))
        assert not any('keep_figure(' in code or 'plot_' in code for code in code_of(numbers)), name
        assert all('def ' not in code for code in code_of(pictures)), name


def test_pictures_use_no_name_of_the_numbers():
    for name in NAMES:
        numbers, pictures = split_cells(experiment_notebook(name))
        tree = ast.parse('\n'.join(code_of([c for c in numbers if tagged(c, 'parameters')] + pictures)))
        names = [n for n in ast.walk(tree) if isinstance(n, ast.Name)]
        known = {n.id for n in names if isinstance(n.ctx, ast.Store)} | {(a.asname or a.name).split('.')[0] for n in ast.walk(tree) if isinstance(n, (ast.Import, ast.ImportFrom)) for a in n.names}
        assert not {n.id for n in names} - known - set(dir(builtins)), name
