"The invariants of the design, each with a test that fails when it is broken."
import hashlib, os, signal, subprocess, sys, time
import numpy as np, pandas as pd, pytest, soundfile, torch
from hypothesis import given, settings, strategies as st
from hybrid_vae.features.audio import decode, synthetic_song
from hybrid_vae.clustering import cluster
from hybrid_vae.ears import DESCRIPTIONS, Ears
from hybrid_vae.collection.datasets import exclude, folder
from hybrid_vae.features.cache import FeatureSpec, extract, read_index
from hybrid_vae.inputs import INPUTS, Blocks, Vectors, matrix
from hybrid_vae.features.lyrics import tfidf
from hybrid_vae.features.measured import synthetic_study
from hybrid_vae.metrics.external import external_scores
from hybrid_vae.metrics.internal import internal_scores
from hybrid_vae.metrics.neighbourhood import knn_agreement
from hybrid_vae.models.methods import METHODS
from hybrid_vae.models.methods import make_method
from hybrid_vae.models.estimator import represent
from hybrid_vae.models.training import synthetic_factors
from hybrid_vae.study import fit_seeds
from hybrid_vae.comparison import panel_of
from hybrid_vae.collection.tracks import Collection, MisalignedTracks, align, synthetic_collection, track_array


def latent(n=40, d=5, seed=0, modality='audio'):
    values = np.random.default_rng(seed).normal(size=(n, d))
    return track_array(values, [f't{i}' for i in range(n)], ('track', 'feature'), modality=modality).rename('values')


def labels(n=40, seed=0):
    return track_array(np.random.default_rng(seed).choice(['a', 'b', 'c'], n).astype(object), [f't{i}' for i in range(n)], role='label')


@settings(max_examples=10, deadline=None)
@given(st.permutations(range(40)))
def test_1_scores_do_not_depend_on_the_order_of_rows(order):
    Z, truth = latent().rename(feature='latent'), labels()
    found = cluster(Z, 'kmeans', 3)
    shuffled = truth.isel(track=list(order))
    assert external_scores(truth, found) == pytest.approx(external_scores(shuffled, found), nan_ok=True)
    assert internal_scores(Z, found) == pytest.approx(internal_scores(Z.isel(track=list(order)), found), nan_ok=True)
    assert knn_agreement(Z, shuffled) == pytest.approx(knn_agreement(Z, truth))
    assert (align(truth, shuffled)[1].values == truth.values).all()


def test_1_conditions_find_their_tracks():
    X, condition = latent(), labels()
    once, again = (represent(make_method('cvae', seed=0, latent_dim=2, epochs=2), X, condition=c) for c in (condition, condition.isel(track=slice(None, None, -1))))
    assert (once.values == again.values).all()


def test_1_different_tracks_are_never_scored():
    Z, truth = latent().rename(feature='latent'), labels()
    with pytest.raises(MisalignedTracks): external_scores(truth.isel(track=range(39)), cluster(Z, 'kmeans', 3))
    with pytest.raises((MisalignedTracks, TypeError, AttributeError)): external_scores(truth.values, cluster(Z, 'kmeans', 3).values)


def test_2_no_label_enters_a_matrix_or_a_clustering():
    collection = synthetic_collection(40)
    genre = collection.labels('genre')
    one_hot = track_array(pd.get_dummies(genre.to_series().to_numpy()).to_numpy(float), genre.track_id.values, ('track', 'genre'))
    audio = track_array(np.random.default_rng(0).normal(size=(40, 5)), genre.track_id.values, ('track', 'x'), modality='audio').rename('x')
    for intruder in (genre, one_hot, one_hot.rename('one_hot').assign_attrs(modality='genre')):
        with pytest.raises(ValueError): matrix([audio, intruder])
    for intruder in (genre, one_hot):
        with pytest.raises(ValueError, match='labels are for scoring'): cluster(intruder.assign_attrs(role='label'), 'kmeans', 2)
    assert cluster(one_hot, 'kmeans', 2).sizes['track'] == 40 # without its mark it is a matrix like any other


@pytest.mark.parametrize('name', [name for name, cls in INPUTS.items() if issubclass(cls, Blocks) and name != 'Blocks'])
def test_2_no_input_lets_a_label_in(name, monkeypatch):
    study, blocks = synthetic_study(20, segments=2), INPUTS[name].blocks
    one_hot = track_array(pd.get_dummies(study.truth().to_series()).to_numpy(float), study.truth().track_id.values, ('track', 'genre')).rename('genre')
    if INPUTS[name].dims == 3: one_hot = one_hot.expand_dims(segment=2, axis=1)
    given = lambda self, study: (found if isinstance(found := blocks(self, study), list) else [found]) + [one_hot]
    assert INPUTS[name]().fit(study).low_.size > 1
    monkeypatch.setattr(INPUTS[name], 'blocks', given)
    with pytest.raises(ValueError, match='labels never'): INPUTS[name]().fit(study)


OF_SOUND = tuple(d for d in DESCRIPTIONS if DESCRIPTIONS[d].modality == 'audio' and d != 'table')
@pytest.mark.parametrize('variable', ['modulation', 'harmony', 'timbre', 'logmel'])
def test_2_no_description_takes_a_label(variable):
    study = synthetic_study(20, segments=2)
    assert Ears(descriptions=OF_SOUND).fit(study).low_.size > 1
    study.features[variable] = study.features[variable].assign_attrs(role='label')
    with pytest.raises(ValueError, match='labels never'): Ears(descriptions=OF_SOUND).fit(study)


GENRES = np.repeat(['rock', 'jazz', 'folk', 'raga'], 30)
TOLD = dict(equal=GENRES, finer=[f'{g} band {i % 6}' for i, g in enumerate(GENRES)], coarser=np.where(np.isin(GENRES, ['rock', 'jazz']), 'loud', 'soft'), unrelated=[f'day {i % 7}' for i in range(120)])

@pytest.mark.parametrize('relation, panel', dict(equal='label-informed', finer='label-informed', coarser='given the x', unrelated='given the x').items())
def test_2_a_method_that_is_told_the_label_is_in_its_own_panel(relation, panel):
    tracks = pd.DataFrame(dict(path=[f'{i}.wav' for i in range(120)], genre=GENRES, x=TOLD[relation]), index=pd.Index([f't{i}' for i in range(120)], name='track_id'))
    collection = Collection('town', tracks, 'genre')
    assert panel_of('cvae', collection, 'x') == panel
    assert panel_of('cvae', collection, 'genre') == 'label-informed'
    assert all(panel_of(m, collection, 'x') == METHODS[m].panel for m in METHODS if not METHODS[m].needs_condition)
    assert {m for m in METHODS if METHODS[m].panel != 'unsupervised'} == {'musicnn', 'graph_musicnn', 'multimodal', 'multimodal_words'}


def test_3_nothing_is_invented(tmp_path):
    soundfile.write(tmp_path/'good.wav', synthetic_song(4., seed=1), 22050)
    soundfile.write(tmp_path/'silent.wav', np.zeros(44100), 22050)
    (tmp_path/'broken.mp3').write_bytes(b'not sound at all')
    collection = folder(tmp_path)
    features, failures = extract(collection.tracks, FeatureSpec(), tmp_path/'cache', jobs=1, progress=False)
    assert list(features.track_id.values) == ['good'] and set(failures.track_id) == {'silent', 'broken'}
    left = exclude(collection, failures)
    assert len(left.tracks) == 1 and set(left.excluded.reason) == {'silent', 'unreadable'}


def test_3_missing_lyrics_are_missing():
    collection = synthetic_collection(12)
    T = tfidf(collection.tracks)
    missing = ~collection.tracks.lyrics.notna().to_numpy()
    assert np.isnan(T.values[missing]).all() and np.isfinite(T.values[~missing]).all()
    with pytest.raises(ValueError): matrix([T])
    assert matrix([T], missing='drop').sizes['track'] == (~missing).sum()


def test_4_lyrics_belong_to_their_own_track(tmp_path):
    for i in range(6): soundfile.write(tmp_path/f'song {i}.wav', synthetic_song(2., seed=i), 22050)
    rows = pd.DataFrame(dict(path=[f'song {i}.wav' for i in range(6)] + ['lost.wav'], lyrics=[f'words of song {i}' for i in range(7)]))
    rows.sample(frac=1, random_state=3).to_csv(tmp_path/'lyrics.csv', index=False)
    collection = folder(tmp_path, tmp_path/'lyrics.csv')
    assert all(text == f'words of {track_id}' for track_id, text in collection.tracks.lyrics.items())
    assert collection.join.status.value_counts().to_dict() == {'matched': 6, 'table only': 1}


@pytest.mark.parametrize('method', [m for m in METHODS if isinstance(METHODS[m].input, Vectors)])
def test_5_same_seed_same_bits(method):
    X = latent(60, 12)
    condition = track_array(np.array(['en', 'de'] * 30, object), X.track_id.values)
    settings = dict(epochs=4) if METHODS[method].random else {}
    a, b = (fit_seeds(method, X, [3], condition=condition, **settings).latents.values for _ in range(2))
    assert (a == b).all()


def digests():
    X = synthetic_factors()[0]
    return [hashlib.sha256(represent(make_method(name, seed=7, latent_dim=4, epochs=5), X).values.tobytes()).hexdigest() for name in ('autoencoder', 'vae', 'beta_vae')]


def test_5_same_bits_in_another_process_whatever_its_threads():
    code = 'import warnings; warnings.simplefilter("ignore"); from hybrid_vae.tests.test_invariants import digests; print(*digests())'
    env = dict(os.environ, OMP_NUM_THREADS=str(1 + torch.get_num_threads()%2))
    other = subprocess.run([sys.executable, '-c', code], env=env, capture_output=True, text=True, check=True).stdout.split()
    assert other == digests()


def test_6_an_interrupted_extraction_goes_on_where_it_was(tmp_path, monkeypatch):
    for i in range(16): soundfile.write(tmp_path/f'{i:02d}.flac', synthetic_song(6., seed=i), 22050)
    code = f"""
from hybrid_vae.collection.datasets import folder
from hybrid_vae.features.cache import FeatureSpec, extract
extract(folder({str(tmp_path)!r}).tracks, FeatureSpec(), {str(tmp_path/'cache')!r}, jobs=1, progress=False)"""
    process = subprocess.Popen([sys.executable, '-c', code])
    shards = lambda: {p: p.stat().st_mtime_ns for p in (tmp_path/'cache').glob('*/*.zarr')}
    deadline = time.monotonic() + 60
    while not shards() and process.poll() is None and time.monotonic() < deadline: time.sleep(.01)
    process.send_signal(signal.SIGKILL); process.wait()
    kept = shards()
    tracks = folder(tmp_path).tracks
    fresh, _ = extract(tracks, FeatureSpec(), tmp_path/'fresh', jobs=1, progress=False)
    fresh = fresh['mfcc'].values
    done = set(read_index(tmp_path/'cache'/FeatureSpec().id)[0])
    decoded = []
    monkeypatch.setattr('hybrid_vae.features.cache.decode', lambda path, *args, **kw: decoded.append(path) or decode(path, *args, **kw))
    features, failures = extract(tracks, FeatureSpec(), tmp_path/'cache', jobs=1, progress=False)
    assert kept and done and features.sizes['track'] == 16 and not len(failures)
    assert not set(decoded) & set(tracks.path[tracks.audio_hash.isin(done)]) and len(decoded) == 16 - len(done), 'finished tracks were computed again'
    assert all(shards().get(p) == at for p, at in kept.items())
    assert (fresh == features['mfcc'].values).all()


@settings(max_examples=15, deadline=None)
@given(st.integers(2, 300), st.integers(2, 60), st.floats(.01, 100))
def test_7_modalities_weigh_alike(words, coefficients, scale):
    audio = latent(30, coefficients).rename('audio', ).rename(feature='a') * scale
    lyrics = latent(30, words, seed=1, modality='lyrics').rename('lyrics').rename(feature='b')
    X = matrix([audio.assign_attrs(modality='audio'), lyrics])
    power = {m: float(X.isel(feature=(X.modality == m).values).var('track').sum()) for m in ('audio', 'lyrics')}
    assert power['audio'] == pytest.approx(power['lyrics'], rel=1e-3)
