"The house: which room may import from which. No circle, no import inside a function but in the command line, and every module can be imported alone."
import ast, functools, json, os, subprocess, sys
from pathlib import Path
import pytest
import hybrid_vae

PACKAGE = Path(hybrid_vae.__file__).parent
ROOMS = ('collection.cells', 'collection.tracks', 'collection.lyrics_table', 'collection.joining', 'collection.language', 'collection.matching', 'collection.tags', 'collection.catalogue', 'features.headers', 'features.files', 'pipeline.parent', 'pipeline.engine', 'scores', 'collection.datasets', 'collection.named', 'collection.fetch', 'collection.gtzan',
         'collection.fma', 'collection.jamendo', 'collection.million_song', 'collection.small_sets', 'collection.songs', 'collection.hubs', 'collection.library', 'features', 'inputs', 'ears', 'neighbours', 'clustering', 'number_of_clusters', 'models',
         'projections', 'metrics', 'intervals', 'disentanglement', 'run', 'study', 'comparison', 'titles', 'markup', 'plots', 'sound', 'pipeline.kernels', 'pipeline.experiments', 'output', 'placement', 'plan', 'job', 'cli') # lowest first


@functools.cache
def modules(package=PACKAGE):
    "Name of each module of the package, without tests -> its syntax tree."
    files = (p for p in Path(package).rglob('*.py') if 'tests' not in p.relative_to(package).parts and p.name not in ('__init__.py', '_modidx.py'))
    return {'.'.join(p.relative_to(package).with_suffix('').parts): ast.parse(p.read_text(encoding='utf-8')) for p in files}


def internal(node, module, names):
    "Modules of the package that an import statement names."
    if isinstance(node, ast.Import): return {a.name.removeprefix('hybrid_vae.') for a in node.names if a.name.startswith('hybrid_vae.')} & names
    if not isinstance(node, ast.ImportFrom): return set()
    if node.level: base = '.'.join((module.split('.')[:-node.level] if node.level <= module.count('.') + 1 else []) + ([node.module] if node.module else []))
    elif node.module == 'hybrid_vae' or (node.module or '').startswith('hybrid_vae.'): base = node.module.removeprefix('hybrid_vae').strip('.')
    else: return set()
    return ({base} | {f'{base}.{a.name}'.strip('.') for a in node.names}) & names


def faults(trees):
    "Every import that goes up, leads back, or hides in a function; and every dynamic one."
    names, found, graph = set(trees), [], {}
    for module, tree in trees.items():
        top = {id(n) for n in tree.body}
        for node in ast.walk(tree):
            for other in internal(node, module, names):
                graph.setdefault(module, set()).add(other)
                if id(node) not in top and room(module) != 'cli': found.append(f'{module} imports {other} inside a function')
                if module != 'testing' and ROOMS.index(room(other)) > ROOMS.index(room(module)): found.append(f'{module} imports {other}, which lies above it')
            if isinstance(node, ast.Call) and getattr(node.func, 'attr', getattr(node.func, 'id', '')) in ('import_module', '__import__') and module not in DISCOVER:
                found.append(f'{module} imports by name')
    return found + [f'{a} and {b} import each other' for a in graph for b in graph[a] if a < b and a in reachable(graph, b) and b in reachable(graph, a)]


DISCOVER = ('testing', 'models.methods', 'collection.library', 'pipeline.kernels') # these look for modules that may be added: notebooks under test, variants of models, data sets, what a notebook imports


def room(module):
    "The room of a module."
    return next((r for r in ROOMS if module == r or module.startswith(r + '.')), 'cli' if module == 'testing' else module)


def reachable(graph, start):
    "All modules that a module imports, directly or not."
    seen, todo = set(), [start]
    while todo:
        for other in graph.get(todo.pop(), ()):
            if other not in seen: seen.add(other); todo.append(other)
    return seen


def test_imports_go_down(): assert faults(modules()) == []


@pytest.mark.parametrize('module, line, complaint', [
    ('inputs', 'from .study import x', 'lies above it'), ('inputs', 'def f():\n    from .collection.tracks import x', 'inside a function'),
    ('run', 'import importlib\nimportlib.import_module("x")', 'by name'), ('features.audio', 'from .cache import x', 'import each other')])
def test_faults_are_found(module, line, complaint):
    trees = dict(modules(), **{'features.cache': ast.parse('from .audio import x')}, **{module: ast.parse(line)})
    assert any(complaint in fault for fault in faults(trees))


ALONE = '''
import gc, importlib, json, os, sys
others, first = map(json.loads, sys.argv[1:])
def alone(module):
    if child := os.fork(): return os.waitpid(child, 0)
    try:
        if module: importlib.import_module('hybrid_vae.' + module)
        for other in (m for m in first if first[m] == module): alone(other)
    except BaseException as error: print(module, repr(error), flush=True)
    else: print(module or 'others', 'ok', flush=True)
    os._exit(0)
for name in others: importlib.import_module(name) # what others wrote is imported once for all
gc.disable(); gc.freeze() # what children do not look at need not be copied for them
alone('')
'''


def first_import(module, tree, names):
    "The module of the package that a module imports before any other: where that alone is loaded, its own import goes on as in a fresh process."
    return next((other for node in tree.body for other in internal(node, module, names) - {module}), '')


def foreign(trees):
    "Modules of others that the package imports at the top of its modules."
    found = set()
    for tree in trees.values():
        for node in tree.body:
            if isinstance(node, ast.Import): found |= {a.name for a in node.names}
            if isinstance(node, ast.ImportFrom) and not node.level: found.add(node.module)
    return sorted(name for name in found if name.split('.')[0] not in ('hybrid_vae', '__future__'))


@pytest.mark.skipif(not hasattr(os, 'fork'), reason='children are forked')
def test_every_module_alone():
    trees = modules()
    first = {module: first_import(module, tree, set(trees)) for module, tree in trees.items()}
    done = subprocess.run([sys.executable, '-W', 'ignore', '-c', ALONE, *map(json.dumps, (foreign(trees), first))], capture_output=True, text=True, timeout=600)
    assert set(done.stdout.splitlines()) == {f'{module} ok' for module in ('others', *trees)}, done.stdout + done.stderr
