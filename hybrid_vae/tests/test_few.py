"Collections of a handful of tracks, or of copies: what they cannot give is left out with its reason, and the rest is there."
import shutil
import nbformat, pandas as pd, pytest, soundfile
from hybrid_vae.plan import plan, plan_methods
from hybrid_vae.collection.datasets import folder
from hybrid_vae.collection.tracks import NotPossible, save_collection
from hybrid_vae.features.audio import synthetic_song
from hybrid_vae.output.findings import Findings
from hybrid_vae.output.map import write_map
from hybrid_vae.output.report import report_pages
from hybrid_vae.run import LeftOut, Run, write_json

FURTHER = ('06_factors', '07_labels', '08_missing')


def execute(experiment, out, **parameters):
    "Run an experiment's cells here, where everything is imported already, and not in a kernel of their own."
    scope = dict(display=lambda *_: None)
    out.mkdir(parents=True)
    for cell in nbformat.read(experiment.path, 4).cells:
        if cell.cell_type == 'code': exec(cell.source, scope)
        if 'parameters' in cell.metadata.get('tags', []): scope.update(experiment.parameters | parameters, out=str(out))
    shutil.copy(experiment.path, out/'run.ipynb')


def finished(collection, data):
    "The run of a collection, with every experiment that it allows."
    run = data/'runs'/collection.name
    methods, _ = plan_methods(collection, ('pca', 'raw'), 'language')
    save_collection(collection, run/'collection')
    attempt, done = LeftOut(run), []
    for e in plan(collection, run, data, methods, seeds=1, further=FURTHER):
        try: execute(e, e.folder(run), **(dict(sizes=[1]) if e.name == '07_labels' else {}))
        except NotPossible as why: attempt.add(e.name, why)
        else: done.append(e.folder(run).name)
    write_json(run/'run.json', dict(experiments=done))
    attempt('the map', write_map, run)
    return Run(run)


CASES = { # tracks, different recordings, lyrics in two languages -> parts that are left out, with some words of the reason
    'copies': (6, 1, 0, {'02_representation-pca': 'the 6 tracks are all alike', 'maps of the features': 'all alike', '05_overall': 'no method has a representation', 'the map': 'no latents'}),
    'pairs': (18, 2, 2, {'neighbours among the lyrics': '2 labelled tracks cannot have 10 neighbours', 'maps of the lyrics': 't-SNE needs at least 4 tracks, got 2', 'known factors': 'none of'})}


@pytest.mark.parametrize('name', ['copies', pytest.param('pairs', marks=pytest.mark.whole)])
def test_few_tracks(name, tmp_path):
    n, different, words, expected = CASES[name]
    for i in range(n):
        (place := tmp_path/name/'ab'[i % 2]).mkdir(parents=True, exist_ok=True)
        soundfile.write(place/f'{i}.wav', synthetic_song(3., seed=i % different), 22050)
    table = pd.DataFrame(dict(track_id=[str(i) for i in range(words)], lyrics=['the rose is red', 'die Rose ist rot'][:words], language=['en', 'de'][:words]))
    table.to_csv(tmp_path/'words.csv', index=False)
    run = finished(folder(tmp_path/name, tmp_path/'words.csv' if words else None), tmp_path)
    lost = dict(zip(run.left_out.part, run.left_out.reason))
    assert all(text in lost.get(part, '') for part, text in expected.items()), lost
    assert (run.folder/'map.html').is_file() == bool(run.methods)
    if not run.methods: return                                                 # the command line says so, and there is no report
    assert (run.experiments['07_labels']/'summary.parquet').is_file()
    pages = report_pages(Findings(run))
    assert all(part in pages['failures.qmd'] for part in [*expected, 'the k-distances give no radius'])     # DBSCAN among so many copies
