"One definition adds a variant, a data set, a clustering, a metric, an encoder or an input, and nothing else lists their names."
import json, os, shutil, subprocess, sys
from dataclasses import dataclass
from pathlib import Path
import nbformat, numpy as np, pandas as pd, pytest, soundfile
import hybrid_vae
from hybrid_vae.features.audio import synthetic_song
from hybrid_vae.clustering import CLUSTERINGS, clustering
from hybrid_vae.features.encoders import ENCODERS, Encoder, embed_audio
from hybrid_vae.pipeline.experiments import check_parameters, experiment_notebook
from hybrid_vae.inputs import INPUTS, Input, load_input
from hybrid_vae.features.measured import synthetic_study
from hybrid_vae.metrics.score import METRICS
from hybrid_vae.metrics.registry import metric
from hybrid_vae.models.baselines import Raw
from hybrid_vae.models.methods import METHODS
from hybrid_vae.models.registry import Method, register
from hybrid_vae.placement.assign import place_tracks
from hybrid_vae.comparison import chance_rows, rank_methods
from hybrid_vae.study import represent_view, save_representation, score_seeds, usable_views
from hybrid_vae.titles import title_of
from hybrid_vae.collection.tracks import file_hash, track_array

HOME = Path(hybrid_vae.__file__).parent.parent
DATASET = '''
@dataset
def tiny(limit:int=None): # songs
    "Made-up songs in two folders."
    return replace(folder({music!r}), name='tiny')
'''
RUN = '''
import sys
from typer.testing import CliRunner
from hybrid_vae.cli import app
from hybrid_vae.plan import methods_of, plan
from hybrid_vae.collection.datasets import load_dataset
from hybrid_vae.pipeline.experiments import run_experiment
from hybrid_vae.collection.tracks import save_collection
data, run = sys.argv[1:]
print(CliRunner().invoke(app, ['run', '--help']).output)
collection = load_dataset('tiny')
save_collection(collection, run + '/collection')
experiments = plan(collection, run, data, methods=('student_vae',), seeds=1)
print('---', ','.join(methods_of('quick')))
for e in experiments[:2]: print(run_experiment(e, e.folder(run)))
'''


def student_notebook(folder):
    "The notebook that the tutorial describes, of the tutorial's own cells."
    tutorial = nbformat.read(HOME/'nbs'/'tutorials'/'05_adding_a_model.ipynb', 4)
    cells = [f'#| export\n{c.source}' for c in tutorial.cells if c.cell_type == 'code' and c.source.startswith(('import math', 'class Student', 'register('))]
    assert len(cells) == 3
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell('# Student\n\n> A VAE that forgives outliers.'), *map(nbformat.v4.new_code_cell, ['#| default_exp models.student', *cells])])
    nbformat.write(made, folder/'14a_models.student.ipynb')


@pytest.fixture(scope='module')
def house(tmp_path_factory):
    "A copy of the project with one notebook more, and a module with one function more."
    root = tmp_path_factory.mktemp('house')
    for i in range(8):
        (root/'music'/'ab'[i % 2]).mkdir(parents=True, exist_ok=True)
        soundfile.write(root/'music'/'ab'[i % 2]/f'{i}.wav', synthetic_song(4., bpm=(66, 168)[i % 2], seed=i), 22050)
    shutil.copytree(HOME/'hybrid_vae', root/'hybrid_vae', ignore=shutil.ignore_patterns('tests'))
    shutil.copytree(HOME/'nbs'/'experiments', root/'nbs'/'experiments')
    shutil.copy(HOME/'settings.ini', root)
    student_notebook(root/'nbs')
    with open(root/'hybrid_vae'/'collection'/'datasets.py', 'a') as f: f.write(DATASET.format(music=str(root/'music')))
    python(root, '-c', "from nbdev.export import nb_export; nb_export('nbs/14a_models.student.ipynb', lib_path='hybrid_vae')")
    return root


def python(root, *args):
    "What Python says in the copy."
    env = dict(os.environ, PYTHONPATH=str(root), OMP_NUM_THREADS='1')
    done = subprocess.run([sys.executable, *args], cwd=root, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.whole
def test_a_variant_and_a_data_set_are_in_help_and_in_a_quick_run(house):
    said = python(house, '-c', RUN, str(house/'data'), str(house/'data'/'runs'/'tiny'))
    words, (quick, *folders) = said.split('---')[0], said.split('---')[1].split()
    assert 'student_vae' in words and 'tiny' in words and 'student_vae' in quick.split(',')
    results = pd.read_parquet(Path(folders[1])/'results.parquet')
    assert set(results.method) == {'student_vae'} and results.n_tracks.max() == 8
    assert json.loads((Path(folders[1])/'models'/'audio-0'/'model.json').read_text())['model'] == 'StudentVAE'


@pytest.fixture
def registries():
    "Registries that forget what a test adds."
    all_of_them = METHODS, INPUTS, CLUSTERINGS, ENCODERS
    before = [dict(registry) for registry in all_of_them]
    yield
    for registry, entries in zip(all_of_them, before): registry.clear(); registry.update(entries)


def test_a_clustering_is_one_entry(registries):
    @clustering('halves', 'Halves', random=False)
    def halves(X, k, seed): return (X[:, 0] > np.median(X[:, 0])).astype(int), {}
    study = synthetic_study(20)
    table, found = score_seeds(represent_view(study, 'pca', 'audio', [0], latent_dim=2), [0], study.truth(), 'halves')
    assert set(table.clustering) == {'halves'} and found.values.mean() == .5
    experiment = experiment_notebook('03_clustering')
    assert check_parameters(experiment, {})['clusterings'] == '[]' and 'clusterings or list(CLUSTERINGS)' in experiment.read_text(encoding='utf-8') # all there are


def test_a_metric_is_one_entry():
    @metric('largest', 'Largest overlap', 'external', 0., 1., 'rises with few clusters', 'made up', 'share of the tracks in the commonest pair of label and cluster')
    def largest(table): return table.max((-2, -1))/table.sum((-2, -1))
    try:
        study = synthetic_study(20)
        found = {m: score_seeds(represent_view(study, m, 'audio', [0], **({'latent_dim': 2} if m == 'pca' else {})), [0], study.truth()) for m in ('pca', 'raw')}
        chance = chance_rows(study.truth(), found['raw'][1], n=5)
        assert all(0 < table.set_index('metric')['value']['largest'] <= 1 for table, _ in found.values())
        assert {'shuffled labels', 'pure noise'} == set(chance.method[chance.metric == 'largest'])
        assert set(rank_methods(found, study.truth(), chance, dict.fromkeys(found, 'unsupervised'), 'largest').metric) == {'largest'} and title_of('largest') == 'Largest overlap'
    finally: METRICS.__init__(METRICS.drop('largest')) # in place, for all who hold it


def test_an_input_is_one_class(registries, tmp_path):
    @dataclass(eq=False)
    class Ranks(Input):
        "Where each number lies among those of the collection: learns more than mean and scale."
        def read(self, study): return study.features['mfcc']
        def learn(self, raw): self.sorted_ = np.sort(raw.values, 0)
        def apply(self, raw):
            ranks = np.stack([np.searchsorted(column, x)/len(column) for column, x in zip(self.sorted_.T, raw.values.T)], 1)
            return track_array(ranks.astype(np.float32), raw.track_id.values, ('track', 'feature'), modality='audio')
    register(Method('ranks', 'Ranks', Raw, input=Ranks(), family='none', random=False))
    study = synthetic_study(30)
    found = represent_view(study, 'ranks', 'audio', [0])
    assert INPUTS['Ranks'] is Ranks and usable_views(study, 'ranks', ['audio', 'lyrics', 'hybrid']) == ['audio', 'hybrid']
    assert represent_view(study, 'ranks', 'hybrid', [0]).latents.sizes == dict(seed=1, track=20, latent=40 + 32)
    assert len(score_seeds(found, [0], study.truth()))
    save_representation(found, tmp_path)
    model, taken = found.models[0], load_input(tmp_path/'models'/'audio-0')
    few = study.only(study.collection.tracks.index[3:6])
    assert (place_tracks(model, taken, few)[0].values == found.latent(0).values[3:6]).all()
    far = few.features.mfcc.copy(data=few.features.mfcc.values + 1e9)
    few.features = few.features.assign(mfcc=far)
    assert (place_tracks(model, taken, few)[1] == 1).all() # beyond all


def test_an_encoder_is_one_entry(registries, tmp_path):
    class Loudness:
        sr, window, features = 8000, 1., ['level', 'peak']
        def __init__(self, spec): pass
        def __call__(self, y): return np.array([[np.square(y).mean(), np.abs(y).max()]]*4, np.float32)
    ENCODERS['loudness'] = Encoder(Loudness, 'none', 'nothing')
    soundfile.write(tmp_path/'a.wav', synthetic_song(4.), 22050)
    tracks = pd.DataFrame(dict(path=[str(tmp_path/'a.wav')], audio_hash=[file_hash(tmp_path/'a.wav')]), index=pd.Index(['a'], name='track_id'))
    E = embed_audio(tracks, 'loudness', tmp_path/'cache', jobs=1)
    assert E.shape == (1, 2) and E.attrs['pretrained'] == 'nothing' and list(E.feature.values) == ['level', 'peak']


def test_a_name_is_given_once(registries):
    class Other(Raw): pass
    with pytest.raises(ValueError, match='another name'): register(Method('raw', 'Other', Other))
    assert METHODS['raw'].factory is Raw
